"""What the study found, arm by arm: nothing is said that the verdicts do not say."""

from dataclasses import dataclass

from pipeline.core.manifests.scores import CLAIMED, Verdict
from pipeline.report.entry import Entry
from pipeline.report.figures import ABSENT, LABELS, Figures, Unit, number

GROUPS = {
    "synthetic": "Synthetic privileged view",
    "real": "Real privileged view",
    "own_view": "Own view: the tile itself",
    "shuffled": "Shuffled view: another tile's",
    "blank": "Blank view",
}
SYMBOLS = {"better": "▲", "worse": "▼", "no difference shown": "●", "no verdict": "○", "too few to say": "○"}


@dataclass(frozen=True)
class Finding:
    """An arm against what differs from it in the view alone, and against no view, in one domain of a task.

    Args:
        arm: A privileged arm.
        headline: Against the better control; None for a control, and for an arm that is kept from tiles.
        named: Against what the study asks for.
        published: Against the arm without a view; None where the study has none with this loss.
        value: The arm's own figure, with few labels.
        unit: Of the gains.
    """

    arm: Entry
    headline: Verdict | None
    published: Verdict | None
    value: float
    unit: Unit
    named: tuple[Verdict, ...] = ()

    @property
    def said(self) -> str:
        """The verdict of the headline, in words; empty where there is none."""
        return self.headline.said if self.headline else ""

    @property
    def own(self) -> str:
        """The arm's figure."""
        return number(self.value)

    @property
    def amount(self) -> str:
        """The gain of the headline and its interval."""
        return self.unit.told(self.headline.gain) if self.headline else ABSENT

    @property
    def plain(self) -> str:
        """The gain over no view and its interval."""
        return self.unit.told(self.published.gain) if self.published else ABSENT

    @property
    def lines(self) -> list["Line"]:
        """The headline, or what stands in its place, and what the study names."""
        own = [self.headline] if self.headline else []
        lines = [Line.of(verdict, self.unit) for verdict in (*own, *self.named)]
        return lines or [Line("control" if self.arm.role not in CLAIMED else "learns from fewer tiles")]


@dataclass(frozen=True)
class Line:
    """A comparison as a table tells it: the verdict with its symbol, and what it is of.

    ``mark`` is its class of the style sheet, ``amount`` the gain and its interval, ``smallest`` the smallest gain that
    would probably have been seen.
    """

    told: str
    mark: str = "no"
    amount: str = ABSENT
    over: str = ""
    smallest: str = ABSENT

    @classmethod
    def of(cls, verdict: Verdict, unit: Unit) -> "Line":
        """That of a verdict."""
        mark = verdict.said if verdict.said in ("better", "worse") else "no"
        smallest = ABSENT if verdict.smallest is None else unit.size(verdict.smallest)
        told = f"{SYMBOLS[verdict.said]} {verdict.said}"
        return cls(told, mark, unit.told(verdict.gain), verdict.against, smallest)


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
        named = tuple(figures.named(arm.name, task, domain))
        if own and (any(said.values()) or named):
            found.append(Finding(arm, said["headline"], said["published"], own.value, figures.unit(task), named))
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


def quoted(names: list[str], joint: str = "and") -> str:
    """Names in quotes, joined by a word."""
    return f" {joint} ".join(f"“{name}”" for name in names)
