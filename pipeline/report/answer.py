"""The answer in words, written from the figures: nothing is said that an interval does not show."""

from dataclasses import dataclass

from pipeline.report.arms import Entry
from pipeline.report.scores import DOMAINS, Estimate, Figures

GAIN = "few/gain"
VERDICTS = ("better", "no difference shown", "worse")
SYMBOLS = {"better": "▲", "no difference shown": "●", "worse": "▼"}
HAD = {  # what is said of a baseline, by its role
    "real": "which had a real one",
    "synthetic": "which had a synthetic one too",
    "control": "which had one that carries no information",
}
NONE = "which had none"
SITES = {"in_domain": "known sites", "unseen_site": "an unseen site"}
GROUPS = {
    "synthetic": "Synthetic privileged view",
    "real": "Real privileged view",
    "plain": "No privileged view",
    "control": "Control, a view that carries no information",
}


@dataclass(frozen=True)
class Finding:
    """An arm's gain over its baseline, few labels, in one domain."""

    arm: Entry
    gain: Estimate

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.gain.verdict]


@dataclass(frozen=True)
class Block:
    """The findings of one loss against one baseline, by group, and what the controls say about them."""

    against: str
    groups: list[tuple[str, list[Finding]]]
    caution: str


@dataclass(frozen=True)
class Domain:
    """The findings of one task in one domain."""

    task: str
    name: str
    label: str
    blocks: list[Block]


def findings(figures: Figures, arms: list[Entry], task: str, domain: str) -> list[Finding]:
    """The gain of every arm but baselines, floor and ceiling."""
    compared = [arm for arm in arms if arm.role in GROUPS]
    gains = [(arm, figures.get(arm.name, task, domain, GAIN)) for arm in compared]
    return [Finding(arm, gain) for arm, gain in gains if gain is not None]


def by_baseline(found: list[Finding]) -> dict[str, list[Finding]]:
    """The findings by loss and baseline, in words."""
    blocks: dict[str, list[Finding]] = {}
    for finding in found:
        blocks.setdefault(finding.arm.against, []).append(finding)
    return blocks


def domains(figures: Figures, arms: list[Entry]) -> list[Domain]:
    """Every task and domain that was measured."""
    return [
        Domain(task, name, DOMAINS[name], _blocks(findings(figures, arms, task, name)))
        for task in figures.tasks()
        for name in figures.domains(task)
    ]


def lead(figures: Figures, arms: list[Entry], few: int) -> list[str]:
    """In how many arms the synthetic privileged view was better, in each domain.

    One sentence per task and kind of baseline, those without a privileged view first.
    """
    roles = {arm.name: arm.role for arm in arms}
    groups: dict[str, list[Entry]] = {NONE: []}
    for arm in arms:
        if arm.role == "synthetic":
            groups.setdefault(HAD.get(roles.get(arm.baseline or "", ""), NONE), []).append(arm)
    sentences = [_sentence(figures, group, task, few, had) for task in figures.tasks() for had, group in groups.items()]
    return [sentence for sentence in sentences if sentence] or [
        "The study has no arm with a synthetic privileged view to compare with its baseline."
    ]


def caution(found: list[Finding]) -> str:
    """What the controls mean for the gains beside them; empty where there is none to speak of."""
    controls = [f for f in found if f.arm.role == "control"]
    gained = [f.arm.name for f in controls if f.gain.verdict == "better"]
    lost = [f.arm.name for f in controls if f.gain.verdict == "worse"]
    better = any(f.gain.verdict == "better" for f in found if f.arm.role in ("synthetic", "real"))
    if gained:
        return (
            f"The control {_named(gained)} gained too, although its view carries no information: "
            "a gain beside it cannot be credited to what the view shows."
        )
    if lost:
        return f"The control {_named(lost)} did worse than the baseline: here a useless view does harm."
    if controls and better:
        return "The controls stayed with the baseline, as they should."
    return ""


def tally(patients: dict[str, dict[str, int]]) -> str:
    """The numbers of test patients, by task and domain, in words; the tasks are named where they differ."""
    said = {
        task: " and ".join(
            f"{count} test patient{'s' if count != 1 else ''} of {SITES[domain]}" for domain, count in domains.items()
        )
        for task, domains in patients.items()
    }
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    return ", ".join(f"{text} for “{task}”" for task, text in said.items())


def _sentence(figures: Figures, arms: list[Entry], task: str, few: int, had: str) -> str:
    clauses, bases = [], dict[str, None]()
    for domain in figures.domains(task):
        found = findings(figures, arms, task, domain)
        bases |= {f.arm.baseline: None for f in found if f.arm.baseline}
        if found:
            clauses.append(f"on the {DOMAINS[domain]}: {_counted(found)}")
    if not clauses:
        return ""
    each = "each compared with its baseline, " if len(bases) > 1 else "compared with "
    return (
        f"With {few} labels per class of “{task}”, encoders that learned with a synthetic privileged view, "
        f"{each}{_named(list(bases), 'or')}, {had}, came out " + "; ".join(clauses) + "."
    )


def _blocks(found: list[Finding]) -> list[Block]:
    blocks = []
    for against, members in by_baseline(found).items():
        groups = [(text, [f for f in members if f.arm.role == role]) for role, text in GROUPS.items()]
        blocks.append(Block(against, [group for group in groups if group[1]], caution(members)))
    return blocks


def _counted(found: list[Finding]) -> str:
    if len(found) == 1:
        return f"{found[0].gain.verdict} ({found[0].gain.points()} points)"
    counts = [(verdict, sum(f.gain.verdict == verdict for f in found)) for verdict in VERDICTS]
    said = [f"{verdict} in {count}" for verdict, count in counts if count]
    return ", ".join(said) + f" of {len(found)} arms"


def _named(names: list[str], joint: str = "and") -> str:
    return f" {joint} ".join(f"“{name}”" for name in names)
