"""The answer in words, written from the figures: nothing is said that an interval does not show."""

from dataclasses import dataclass

from pipeline.core.measures.figures import Figure
from pipeline.report.entry import Entry
from pipeline.report.figures import LABELS, Figures, Unit

GAIN = "few/gain"
SYMBOLS = {"better": "▲", "no difference shown": "●", "worse": "▼"}
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
    gain: Figure
    said: str
    unit: Unit

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.said]

    @property
    def amount(self) -> str:
        """The gain and its interval, in the unit."""
        return self.unit.told(self.gain)


@dataclass(frozen=True)
class Block:
    """The findings of one loss against one baseline, by group, and what the controls say about them."""

    against: str
    groups: list[tuple[str, list[Finding]]]
    caution: str


@dataclass(frozen=True)
class Outcome:
    """The findings of one task in one domain, which ``label`` names; ``counted`` is what gains are told in."""

    task: str
    domain: str
    label: str
    counted: str
    blocks: list[Block]


def findings(figures: Figures, arms: list[Entry], task: str, domain: str) -> list[Finding]:
    """The gain of every arm but baselines, floor and ceiling, and the verdict on it; none where it is not defined."""
    compared = [arm for arm in arms if arm.role in GROUPS]
    gains = [(a, figures.get(a.name, task, domain, GAIN), figures.said(a.name, task, domain)) for a in compared]
    unit = figures.unit(task)
    return [Finding(arm, gain, said, unit) for arm, gain, said in gains if gain is not None and said is not None]


def by_baseline(found: list[Finding]) -> dict[str, list[Finding]]:
    """The findings by loss and baseline, in words."""
    blocks: dict[str, list[Finding]] = {}
    for finding in found:
        blocks.setdefault(finding.arm.against, []).append(finding)
    return blocks


def outcomes(figures: Figures, arms: list[Entry]) -> list[Outcome]:
    """Every task and domain that was measured."""
    return [
        Outcome(task, domain, LABELS[domain], figures.counted(task), _blocks(findings(figures, arms, task, domain)))
        for task in figures.tasks()
        for domain in figures.domains(task)
    ]


def caution(found: list[Finding]) -> str:
    """What the controls mean for the gains beside them; empty where there is none to speak of."""
    controls = [f for f in found if f.arm.role == "control"]
    gained = [f.arm.name for f in controls if f.said == "better"]
    lost = [f.arm.name for f in controls if f.said == "worse"]
    better = any(f.said == "better" for f in found if f.arm.role in ("synthetic", "real"))
    if gained:
        return (
            f"The control {named(gained)} gained too, although its view carries no information: "
            "a gain beside it cannot be credited to what the view shows."
        )
    if lost:
        return f"The control {named(lost)} did worse than the baseline: here a useless view does harm."
    if controls and better:
        return "The controls stayed with the baseline, as they should."
    return ""


def named(names: list[str], joint: str = "and") -> str:
    """Names in quotes, joined by a word."""
    return f" {joint} ".join(f"“{name}”" for name in names)


def _blocks(found: list[Finding]) -> list[Block]:
    blocks = []
    for against, members in by_baseline(found).items():
        groups = [(text, [f for f in members if f.arm.role == role]) for role, text in GROUPS.items()]
        blocks.append(Block(against, [group for group in groups if group[1]], caution(members)))
    return blocks
