"""What painted tiles are worth: the Dice of segmenters against their share, added to real tiles or in their place."""

from collections.abc import Iterator
from dataclasses import dataclass

from matplotlib.axes import Axes

from pipeline.core.measures.figures import Figure
from pipeline.core.measures.records import SEGMENT
from pipeline.report.drawing import MARKERS, MUTED, PALETTE, RULE, canvas, styled, svg
from pipeline.report.entry import SegmenterEntry
from pipeline.report.figures import LABELS, Figures, number
from pipeline.report.pictures import Picture

REAL, DICE = "real", "dice"
TITLES = {"added": "painted tiles added", "replaced": "painted tiles in place of real ones"}


@dataclass(frozen=True)
class Series:
    """Arms that differ in the share of one cohort alone: ``points`` are that share and the Dice."""

    kind: str
    text: str
    points: list[tuple[float, Figure]]


@styled
def shares(figures: Figures, arms: list[SegmenterEntry], domain: str) -> Picture | None:
    """A panel for painted tiles that were added, and one for those that stand for real ones; None without such arms."""
    found = list(_series(figures, arms, domain))
    panels = [kind for kind in TITLES if any(series.kind == kind for series in found)]
    if not panels:
        return None
    figure, axes = canvas(5.4 * len(panels), 3.2, 1, len(panels), sharey=True)
    for ax, kind in zip(axes, panels, strict=True):
        _panel(ax, [series for series in found if series.kind == kind], TITLES[kind])
    axes[0].set_ylabel(f"Dice, {LABELS[domain]}")
    told = "; ".join(
        f"{TITLES[series.kind]}, {series.text}: "
        + ", ".join(f"{share:.4g}: {number(own.value)}" for share, own in series.points)
        for series in found
    )
    return svg(figure, f"Dice on {LABELS[domain]} against the share of painted tiles. {told}")


def _series(figures: Figures, arms: list[SegmenterEntry], domain: str) -> Iterator[Series]:
    """Arms of one recipe and cohort: those with the same real tiles, and those with as many tiles in all."""
    groups: dict[tuple[str, str, str, float], dict[float, Figure]] = {}
    cohorts = sorted({name for arm in arms for name in arm.train if name != REAL})
    for arm in arms:
        own = figures.get(arm.name, SEGMENT, domain, DICE)
        for cohort in cohorts if own else ():
            if set(arm.train) <= {REAL, cohort} and own:
                real, made = arm.train.get(REAL, 0.0), arm.train.get(cohort, 0.0)
                groups.setdefault(("added", arm.recipe, cohort, round(real, 6)), {})[made] = own
                groups.setdefault(("replaced", arm.recipe, cohort, round(real + made, 6)), {})[made] = own
    for (kind, recipe, cohort, amount), points in groups.items():
        if len(points) > 1 and (kind == "added" or len(points) > 2):
            text = f"{cohort} to {amount:.4g} real" if kind == "added" else f"{cohort}, {amount:.4g} in all"
            yield Series(kind, f"{recipe}: {text}", sorted(points.items()))


def _panel(ax: Axes, found: list[Series], title: str) -> None:
    for place, series in enumerate(found):
        x = [share for share, _ in series.points]
        y = [own.value for _, own in series.points]
        ends = [
            [max(0.0, own.value - own.ci_low) for _, own in series.points],
            [max(0.0, own.ci_high - own.value) for _, own in series.points],
        ]
        color, mark = PALETTE[place % len(PALETTE)], MARKERS[place % len(MARKERS)]
        ax.errorbar(x, y, ends, color=color, marker=mark, linewidth=1.4, capsize=2, label=series.text)
    ax.set_title(title)
    ax.set_xlabel("painted tiles, as a share of all real ones with labels")
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(color=MUTED)
    ax.legend(loc="best", fontsize=8)
