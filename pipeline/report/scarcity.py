"""What few patients with a registered second view are worth: gains over their number."""

from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from pipeline.core.manifests.scores import CLAIMED, Verdict
from pipeline.report.answer import Outcome
from pipeline.report.drawing import INK, MUTED, PALETTE, RULE, canvas, styled, svg
from pipeline.report.entry import Entry
from pipeline.report.pictures import Picture

SERIES = {  # role and whether only their tiles are learned from: text, colour, mark
    ("synthetic", False): ("synthetic view for all patients, by a translator that saw these", PALETTE[0], "o"),
    ("synthetic", True): ("synthetic view for these patients alone", PALETTE[5], "D"),
    ("real", False): ("real view of these patients", PALETTE[2], "s"),
}
ACROSS = 3
DASHES: tuple[Literal["-", "--", ":", "-."], ...] = ("-", "--", ":", "-.")  # of views that share a series, in order


@dataclass(frozen=True)
class Point:
    """An arm's gain over no view, at a number of patients."""

    patients: int
    gain: Verdict


@styled
def scarcity(found: list[Outcome]) -> Picture | None:
    """A panel per task, domain and loss; None unless arms differ in the number of patients.

    Gains are over the arm without a view, for all to share one zero; the band is what views gain that show nothing new.
    """
    panels = [(outcome, loss) for outcome in found for loss in _losses(outcome)]
    if not panels:
        return None
    down = -(-len(panels) // ACROSS)
    across = -(-len(panels) // down)  # rows alike: four panels are two and two
    figure, axes = canvas(10.8, 2.7 * down + 0.6, down, across)
    for ax, (outcome, loss) in zip(axes, panels, strict=False):
        _panel(ax, outcome, loss)
    for ax in axes[len(panels) :]:
        ax.set_visible(False)
    lines, texts = axes[0].get_legend_handles_labels()
    figure.legend(lines, texts, loc="outside lower left", ncols=2, fontsize=9)
    return svg(figure, "Gain over no view against the number of patients with a registered view. " + _said(panels))


def _losses(outcome: Outcome) -> list[str]:
    """The losses with arms that differ in nothing but the number of patients."""
    losses = dict.fromkeys(f.arm.loss for f in outcome.findings if _series(f.arm) and f.published)
    return [
        loss
        for loss in losses
        if any(len({point.patients for point in points}) > 1 for points in _points(outcome, loss).values())
    ]


def _series(arm: Entry) -> tuple[str, bool] | None:
    if arm.patients is None or arm.role not in CLAIMED:
        return None
    return arm.role, arm.restricted and arm.role == "synthetic"


def _points(outcome: Outcome, loss: str) -> dict[tuple[str, bool, str], list[Point]]:
    """By series and stain or method, in the order of patients."""
    found: dict[tuple[str, bool, str], list[Point]] = {}
    for finding in outcome.findings:
        series, own = _series(finding.arm), finding.arm
        if series and finding.published and own.loss == loss:
            kind = own.text.split(", ")[1].partition(" from ")[0]
            found.setdefault((*series, kind), []).append(Point(own.patients or 0, finding.published))
    return {key: sorted(points, key=lambda point: point.patients) for key, points in found.items()}


def _panel(ax: Axes, outcome: Outcome, loss: str) -> None:
    unit = outcome.unit
    scale = unit.scale if unit else 1
    series = _points(outcome, loss)
    ticks = sorted({point.patients for points in series.values() for point in points})
    ax.axhline(0, color=INK, linewidth=1)
    nothing = [
        scale * (f.published.gain.value or 0.0)
        for f in outcome.findings
        if f.arm.role not in CLAIMED and f.arm.loss == loss and f.published
    ]
    if nothing:
        ax.axhspan(min(0.0, *nothing), max(0.0, *nothing), color=RULE, alpha=0.5, linewidth=0)
    kinds: dict[tuple[str, bool], list[str]] = {}
    for role, restricted, kind in series:
        kinds.setdefault((role, restricted), []).append(kind)
    for place, ((role, restricted, kind), points) in enumerate(series.items()):
        text, color, mark = SERIES[role, restricted]
        other = kinds[role, restricted].index(kind)
        x = [p.patients * (1 + 0.03 * place) for p in points]
        y = [scale * (p.gain.gain.value or 0.0) for p in points]
        ends = [[abs(v - end) for v, end in zip(y, _ends(points, scale, y, which), strict=True)] for which in (0, 1)]
        ax.errorbar(
            x,
            y,
            ends,
            color=color,
            marker=mark,
            markersize=6,
            markerfacecolor="white" if other else color,
            linestyle=DASHES[other % len(DASHES)],
            linewidth=1.4,
            capsize=2,
            label=f"{kind}: {text}",
        )
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator([float(tick) for tick in ticks]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels([str(tick) for tick in ticks])
    ax.set_title(f"{outcome.task}, {outcome.label}: {loss}", fontsize=9.5)
    ax.set_xlabel("patients with a registered view")
    ax.set_ylabel(f"gain, {outcome.counted}", fontsize=9)
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(color=MUTED)


def _ends(points: list[Point], scale: int, values: list[float], which: int) -> list[float]:
    """Lower, or upper, ends of the intervals; the values themselves where there is none."""
    found = [(p.gain.gain.low, p.gain.gain.high)[which] for p in points]
    return [value if end is None else scale * end for value, end in zip(values, found, strict=True)]


def _said(panels: list[tuple[Outcome, str]]) -> str:
    parts = []
    for outcome, loss in panels:
        for (role, _, kind), points in _points(outcome, loss).items():
            told = ", ".join(f"{p.patients}: {outcome.unit.told(p.gain.gain)}" for p in points if outcome.unit)
            parts.append(f"{outcome.task}, {outcome.label}, {loss}, {role} {kind}: {told}")
    return "; ".join(parts)
