"""The gains as a forest: one row per arm under a heading per loss, one panel per domain."""

from matplotlib.axes import Axes

from pipeline.core.manifests.scores import Estimate
from pipeline.report.answer import GROUPS, Finding, Outcome
from pipeline.report.drawing import INK, MUTED, PALETTE, RULE, canvas, styled, svg
from pipeline.report.entry import Entry
from pipeline.report.pictures import Picture

COLORS = {
    "synthetic": PALETTE[0],
    "real": PALETTE[2],
    "own_view": PALETTE[4],
    "shuffled": PALETTE[6],
    "blank": PALETTE[3],
}
MARKS = {"synthetic": "o", "real": "s", "own_view": "^", "shuffled": "D", "blank": "v"}
SYMBOLS = {"synthetic": "●", "real": "■", "own_view": "▲", "shuffled": "◆", "blank": "▼"}


@styled
def forest(found: list[Outcome]) -> Picture | None:
    """Gains of one task with their intervals; None where nothing was compared.

    Filled: over the better control, which is the headline. Open, below it: over no view, as published.
    """
    panels = [outcome for outcome in found if outcome.findings]
    if not panels:
        return None
    rows = max(len(_rows(outcome.findings)) for outcome in panels)
    figure, axes = canvas(10.8, 1.25 + 0.46 * rows, 1, len(panels), sharex=True)
    for ax, outcome in zip(axes, panels, strict=True):
        _panel(ax, _rows(outcome.findings), first=ax is axes[0])
        ax.set_title(f"{outcome.task}, {outcome.label}")
        ax.set_xlabel(f"gain, {outcome.counted}")
    alt = "; ".join(f"{outcome.label}: {_said(outcome.findings)}" for outcome in panels)
    return svg(figure, f"Gain of every arm for {panels[0].task}. {alt}")


def legend(arms: list[Entry]) -> list[tuple[str, str, str]]:
    """(symbol, colour, meaning) of every group that the forest shows."""
    roles = {arm.role for arm in arms}
    return [(SYMBOLS[role], COLORS[role], text) for role, text in GROUPS.items() if role in roles]


def _rows(found: list[Finding]) -> list[str | Finding]:
    """The findings, those of a loss under a line that names it, where there are several."""
    losses = list(dict.fromkeys(finding.arm.loss for finding in found))
    if len(losses) < 2:
        return list(found)
    rows: list[str | Finding] = []
    for loss in losses:
        rows += [loss, *(finding for finding in found if finding.arm.loss == loss)]
    return rows


def _panel(ax: Axes, rows: list[str | Finding], *, first: bool) -> None:
    ax.axvline(0, color=INK, linewidth=1, zorder=1)
    for row, finding in enumerate(rows):
        if isinstance(finding, str):
            _heading(ax, finding, row)
            continue
        if finding.headline:
            _bar(ax, finding, finding.headline.gain, row - 0.14, filled=True)
            _annotate(ax, finding.amount, row - 0.14, INK)
        if finding.published:
            place = row + 0.18 if finding.headline else row
            _bar(ax, finding, finding.published.gain, place, filled=False)
            _annotate(ax, finding.plain, place, MUTED)
    names = ["" if isinstance(entry, str) or not first else entry.arm.name for entry in rows]
    ax.set_yticks(range(len(rows)), names, color=INK)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(axis="x", color=MUTED)


def _bar(ax: Axes, finding: Finding, gain: Estimate, place: float, *, filled: bool) -> None:
    scale, color = finding.unit.scale, COLORS[finding.arm.role]
    width, size, face = (2.2, 7.0, color) if filled else (1.2, 5.0, "white")
    if gain.low is not None and gain.high is not None:
        ends = [scale * gain.low, scale * gain.high]
        ax.plot(ends, [place, place], color=color, linewidth=width, solid_capstyle="butt", zorder=2)
    mark = MARKS[finding.arm.role]
    edge = "white" if filled else color
    value = scale * (gain.value or 0.0)
    ax.plot(value, place, mark, color=face, markersize=size, markeredgecolor=edge, zorder=3)


def _annotate(ax: Axes, text: str, place: float, color: str) -> None:
    """The amount beside the panel."""
    where = ("axes fraction", "data")
    ax.annotate(
        text,
        (1, place),
        xycoords=where,
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=color,
    )


def _heading(ax: Axes, text: str, row: int) -> None:
    """A line of text across the panel; the grid stops behind it."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    places = ("axes fraction", "data")
    ax.annotate(text, (0, row), xycoords=places, va="center", fontsize=9, color=MUTED, bbox=box, zorder=4)


def _said(found: list[Finding]) -> str:
    rows = _rows(found)
    return ", ".join(
        row if isinstance(row, str) else f"{row.arm.name} {row.amount if row.headline else row.plain}" for row in rows
    )
