"""The gains as a forest: one row per arm under a heading per baseline, one panel per domain."""

from matplotlib.axes import Axes

from pipeline.report.answer import GROUPS, Finding, by_baseline, findings
from pipeline.report.drawing import INK, MUTED, PALETTE, RULE, canvas, styled, svg
from pipeline.report.entry import Entry
from pipeline.report.figures import LABELS, Figures
from pipeline.report.pictures import Picture

COLORS = {"synthetic": PALETTE[0], "real": PALETTE[2], "plain": PALETTE[4], "control": PALETTE[6]}
MARKS = {"synthetic": "o", "real": "s", "plain": "^", "control": "D"}


@styled
def forest(figures: Figures, arms: list[Entry], task: str) -> Picture | None:
    """Gains over each arm's baseline with their intervals; None where nothing was compared."""
    panels = [(domain, findings(figures, arms, task, domain)) for domain in figures.domains(task)]
    panels = [(domain, found) for domain, found in panels if found]
    if not panels:
        return None
    rows = max(len(_rows(found)) for _, found in panels)
    figure, axes = canvas(10.8, 1.25 + 0.36 * rows, 1, len(panels), sharex=True)
    for ax, (domain, found) in zip(axes, panels, strict=True):
        _panel(ax, _rows(found), first=ax is axes[0])
        ax.set_title(f"{task}, {LABELS[domain]}")
        ax.set_xlabel(f"gain over the baseline, {figures.counted(task)}")
    alt = "; ".join(f"{LABELS[domain]}: {_said(found)}" for domain, found in panels)
    return svg(figure, f"Gain of every arm over its baseline for {task}. {alt}")


def _rows(found: list[Finding]) -> list[str | Finding]:
    """The findings, those of a baseline under a line that names it and the loss."""
    rows: list[str | Finding] = []
    for against, members in by_baseline(found).items():
        rows += [against, *members]
    return rows


def _panel(ax: Axes, rows: list[str | Finding], *, first: bool) -> None:
    ax.axvline(0, color=INK, linewidth=1, zorder=1)
    for row, finding in enumerate(rows):
        if isinstance(finding, str):
            _heading(ax, finding, row)
            continue
        gain, scale = finding.gain, finding.unit.scale
        value, low, high = (scale * x for x in (gain.value, gain.ci_low, gain.ci_high))
        color = COLORS[finding.arm.role]
        ax.plot([low, high], [row, row], color=color, linewidth=2.2, solid_capstyle="butt", zorder=2)
        ax.plot(value, row, MARKS[finding.arm.role], color=color, markersize=7, markeredgecolor="white", zorder=3)
        ax.annotate(
            finding.amount,
            (1, row),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=INK,
        )
    names = ["" if isinstance(entry, str) or not first else entry.arm.name for entry in rows]
    ax.set_yticks(range(len(rows)), names, color=INK)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(axis="x", color=MUTED)


def _heading(ax: Axes, text: str, row: int) -> None:
    """A line of text across the panel; the grid stops behind it."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    places = ("axes fraction", "data")
    ax.annotate(text, (0, row), xycoords=places, va="center", fontsize=9, color=MUTED, bbox=box, zorder=4)


def legend(arms: list[Entry]) -> list[tuple[str, str, str]]:
    """(symbol, colour, meaning) of every group that the forest shows."""
    symbols = {"synthetic": "●", "real": "■", "plain": "▲", "control": "◆"}
    roles = {arm.role for arm in arms}
    return [(symbols[role], COLORS[role], text) for role, text in GROUPS.items() if role in roles]


def _said(found: list[Finding]) -> str:
    return ", ".join(row if isinstance(row, str) else f"{row.arm.name} {row.amount}" for row in _rows(found))
