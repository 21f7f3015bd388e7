"""The answer in sentences: how often the synthetic privileged view was better, and on whom it was tested."""

from pipeline.report.answer import Finding, findings, named
from pipeline.report.entry import Entry
from pipeline.report.figures import LABELS, Figures

VERDICTS = ("better", "no difference shown", "worse")
HAD = {  # what is said of a baseline, by its role
    "real": "which had a real one",
    "synthetic": "which had a synthetic one too",
    "control": "which had one that carries no information",
}
NONE = "which had none"
SITES = {"in_domain": "known sites", "unseen_site": "an unseen site"}


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
    if any(groups.values()):
        none = "No gain of an arm with a synthetic privileged view is defined."
    else:
        none = "The study has no arm with a synthetic privileged view to compare with its baseline."
    return [sentence for sentence in sentences if sentence] or [none]


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
            clauses.append(f"on the {LABELS[domain]}: {_counted(found)}")
    if not clauses:
        return ""
    each = "each compared with its baseline, " if len(bases) > 1 else "compared with "
    return (
        f"With {figures.labels(task, few)} of “{task}”, encoders that learned with a synthetic privileged view, "
        f"{each}{named(list(bases), 'or')}, {had}, came out " + "; ".join(clauses) + "."
    )


def _counted(found: list[Finding]) -> str:
    if len(found) == 1:
        return f"{found[0].said} ({found[0].amount} {found[0].unit.short})"
    counts = [(verdict, sum(f.said == verdict for f in found)) for verdict in VERDICTS]
    said = [f"{verdict} in {count}" for verdict, count in counts if count]
    return ", ".join(said) + f" of {len(found)} arms"
