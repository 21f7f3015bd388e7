"""The answer in sentences that need no table: whether the synthetic view helped, how much, and who was tested."""

from collections import Counter

from pipeline.core.manifests.scores import UNSAID, Verdict
from pipeline.report.answer import Finding, Outcome
from pipeline.report.cautions import caution, costly

SITES = {"in_domain": "known sites", "unseen_site": "an unseen site"}
NONE = "The study has no arm with a synthetic privileged view to compare."


def lead(found: list[Outcome], few: int, unit: str) -> list[str]:
    """The answer first, then what it rests on.

    Args:
        found: Every task and domain.
        few: Labels, per class where there are classes.
        unit: What was tested, such as patients.
    """
    verdicts = _of("synthetic", found)
    if not verdicts:
        return [NONE]
    said = [_answer(verdicts, unit, found), _size(found, few)]
    real = _of("real", found)
    if real:
        said.append(f"A real second view, measured on the same tissue: {_counted(real)}.")
    said += [_named(found), costly(found), caution(found)]
    return [sentence for sentence in said if sentence]


def tally(patients: dict[str, dict[str, int]], unit: str) -> str:
    """What was tested, by task and domain, in words; the tasks are named where they differ."""
    said = {
        task: " and ".join(f"{count} {unit} of {SITES[domain]}" for domain, count in domains.items())
        for task, domains in patients.items()
    }
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    return ", ".join(f"{text} for “{task}”" for task, text in said.items())


def _of(role: str, found: list[Outcome]) -> list[Verdict]:
    return [f.headline for outcome in found for f in outcome.findings if f.arm.role == role and f.headline]


def _answer(verdicts: list[Verdict], unit: str, found: list[Outcome]) -> str:
    judged = [v for v in verdicts if v.said not in UNSAID]
    counts = Counter(v.said for v in judged)
    what = "a generated second view during training"
    if not judged:
        few = Counter(v.said for v in verdicts)["too few to say"]
        if few:
            return (
                f"Too few to say whether {what} helps: at most {max(v.patients for v in verdicts)} {unit} were tested "
                f"in one place and {max(v.seeds for v in verdicts)} encoders trained of each kind. What follows is a "
                "demonstration."
            )
        return f"No verdict on whether {what} helps: training without one was not shown to beat no training at all."
    half = len(judged) / 2
    if counts["better"] and not counts["worse"]:
        start = f"{'Yes' if counts['better'] >= half else 'In some comparisons'}, {what} helped"
    elif counts["worse"] and not counts["better"]:
        start = f"{'No' if counts['worse'] >= half else 'In some comparisons'}, {what} did harm"
    elif counts["worse"]:
        start = f"It depends: {what} helped in some comparisons and did harm in others"
    else:
        start = f"It was not shown that {what} helps"
    return f"{start}: {_counted(verdicts)}{_rivals(found)}."


def _rivals(found: list[Outcome]) -> str:
    """With what the synthetic views are compared, where that is one and the same."""
    own = (f for outcome in found for f in outcome.findings if _synthetic(f))
    plain = {f.headline.against == f.arm.published for f in own if f.headline}
    if plain == {False}:
        return ", each with the best encoder that had a second view which shows nothing new"
    return ", each with an encoder without a second view" if plain == {True} else ""


def _named(found: list[Outcome]) -> str:
    """What the study asks of synthetic views against real ones."""
    real = {f.arm.name for outcome in found for f in outcome.findings if f.arm.role == "real"}
    synthetic = [f for outcome in found for f in outcome.findings if f.arm.role == "synthetic"]
    verdicts = [verdict for f in synthetic for verdict in f.named if verdict.against in real]
    return f"The generated view against the real one: {_counted(verdicts)}." if verdicts else ""


def _counted(verdicts: list[Verdict]) -> str:
    counts = Counter[str](v.said for v in verdicts)
    order = ("better", "no difference shown", "worse", *UNSAID)
    said = ", ".join(f"{verdict} in {counts[verdict]}" for verdict in order if counts[verdict])
    return f"{said} of {len(verdicts)} comparison{'s' if len(verdicts) != 1 else ''}"


def _size(found: list[Outcome], few: int) -> str:
    """The gains with few labels, from the least to the largest, by what they are told in; those that tell anything."""
    groups: dict[str, list[Finding]] = {}
    for outcome in found:
        groups.setdefault(outcome.counted, []).extend(f for f in outcome.findings if _synthetic(f))
    groups = {counted: [f for f in own if f.said != "no verdict"] or own for counted, own in groups.items()}
    parts = []
    for counted, members in groups.items():
        if members:
            each = " per class" if "points" in counted else ""
            parts.append(f"with {few} labels{each} it was worth {_worth(members, counted)}")
    said = ", and ".join(parts)
    return f"{said[:1].upper()}{said[1:]}."


def _synthetic(finding: Finding) -> bool:
    return finding.arm.role == "synthetic" and finding.headline is not None


def _worth(members: list[Finding], counted: str) -> str:
    """The gains over views that show nothing new, and those over none, as far as there are such."""
    own = [(f.headline, f.amount) for f in members if f.headline and f.headline.against != f.arm.published]
    plain = [(f.published, f.plain) for f in members if f.published]
    said = f"{_range(own)} {counted} over a second view that shows nothing new" if own else ""
    if not plain:
        return said
    return f"{said}, and {_range(plain)} over none" if said else f"{_range(plain)} {counted} over no second view"


def _range(gains: list[tuple[Verdict, str]]) -> str:
    """From the least to the largest; of one, with its interval."""
    told = [text for _, text in sorted(gains, key=lambda gain: gain[0].gain.value or 0.0)]
    return told[0] if len(told) == 1 else f"{told[0].split(' [')[0]} to {told[-1].split(' [')[0]}"
