"""What the study found, arm by arm: nothing is said that the verdicts do not say."""

from dataclasses import dataclass

from pipeline.core.manifests.scores import Verdict
from pipeline.report.entry import Entry
from pipeline.report.figures import ABSENT, LABELS, Figures, Unit, number

GROUPS = {
    "synthetic": "Synthetic privileged view",
    "real": "Real privileged view",
    "own_view": "Own view: the tile itself",
    "shuffled": "Shuffled view: another tile's",
    "blank": "Blank view",
}
CLAIMED = ("synthetic", "real")
SYMBOLS = {"better": "▲", "worse": "▼", "no difference shown": "●", "no verdict": "○", "too few to say": "○"}


@dataclass(frozen=True)
class Finding:
    """An arm against what differs from it in the view alone, and against no view, in one domain of a task.

    Args:
        arm: A privileged arm.
        headline: Against the better control; None for a control.
        published: Against the arm without a view; None where the study has none with this loss.
        value: The arm's own figure, with few labels.
        unit: Of the gains.
    """

    arm: Entry
    headline: Verdict | None
    published: Verdict | None
    value: float
    unit: Unit

    @property
    def said(self) -> str:
        """The verdict of the headline, in words; empty for a control."""
        return self.headline.said if self.headline else ""

    @property
    def mark(self) -> str:
        """The verdict as a class of the style sheet."""
        return self.said if self.said in ("better", "worse") else "no"

    @property
    def told(self) -> str:
        """The verdict with its symbol."""
        return f"{SYMBOLS[self.said]} {self.said}" if self.said else "control"

    @property
    def own(self) -> str:
        """The arm's figure."""
        return number(self.value)

    @property
    def amount(self) -> str:
        """The gain of the headline and its interval."""
        return self.unit.told(self.headline.gain) if self.headline else ABSENT

    @property
    def over(self) -> str:
        """What the headline is over."""
        return self.headline.against if self.headline else ""

    @property
    def plain(self) -> str:
        """The gain over no view and its interval."""
        return self.unit.told(self.published.gain) if self.published else ABSENT

    @property
    def smallest(self) -> str:
        """The smallest gain that would probably have been seen."""
        found = self.headline.smallest if self.headline else None
        return ABSENT if found is None else self.unit.size(found)


@dataclass(frozen=True)
class Outcome:
    """The findings of one task in one domain, which ``label`` names, in the order of GROUPS.

    ``counted`` is what gains are told in, ``metric`` what figures are, ``patients`` how many were tested.
    """

    task: str
    domain: str
    label: str
    counted: str
    metric: str
    patients: int
    findings: list[Finding]

    @property
    def unit(self) -> Unit | None:
        """Of the gains; None where there are none."""
        return self.findings[0].unit if self.findings else None


def findings(figures: Figures, arms: list[Entry], task: str, domain: str) -> list[Finding]:
    """Every arm of GROUPS that was compared with something, claims before controls."""
    metric, found = figures.scopes[task].metric, []
    order = list(GROUPS)
    for arm in sorted((arm for arm in arms if arm.role in GROUPS), key=lambda arm: order.index(arm.role)):
        own = figures.get(arm.name, task, domain, metric)
        said = {kind: figures.verdict(arm.name, task, domain, kind) for kind in ("headline", "published")}
        if own and any(said.values()):
            found.append(Finding(arm, said["headline"], said["published"], own.value, figures.unit(task)))
    return found


def outcomes(figures: Figures, arms: list[Entry]) -> list[Outcome]:
    """Every task and domain that was measured."""
    tested = figures.patients()
    return [
        Outcome(
            task,
            domain,
            LABELS[domain],
            figures.counted(task),
            figures.compared(task),
            tested[task][domain],
            findings(figures, arms, task, domain),
        )
        for task in figures.tasks()
        for domain in tested[task]
    ]


def named(names: list[str], joint: str = "and") -> str:
    """Names in quotes, joined by a word."""
    return f" {joint} ".join(f"“{name}”" for name in names)
