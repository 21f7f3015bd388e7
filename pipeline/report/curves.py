"""Learning curves from the history files: encoders and segmenters arm by arm, translators turn by turn."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from pipeline.report.drawing import PALETTE, RULE, canvas, styled, svg
from pipeline.report.pictures import Picture

Columns = dict[str, list[float]]
STYLES = ("-", "--", ":", "-.")
ACROSS = 4


def read_history(path: Path) -> Columns:
    """A history file by column; empty where there is none (an untrained encoder has no history)."""
    if not path.is_file() or not path.stat().st_size:
        return {}
    table = pd.read_csv(path, dtype=float)
    return {str(name): table[name].tolist() for name in table} if len(table) else {}


@styled
def arm_curves(histories: Mapping[str, Mapping[str, Path]]) -> Picture | None:
    """The total loss of every arm, one thin line per seed; a panel each, for losses differ in scale.

    Args:
        histories: Arm to seed to history file, in the order to draw.
    """
    read = {arm: {seed: read_history(path) for seed, path in seeds.items()} for arm, seeds in histories.items()}
    drawn = {arm: [h for h in seeds.values() if len(h) > 1] for arm, seeds in read.items()}
    drawn = {arm: lines for arm, lines in drawn.items() if lines}
    if not drawn:
        return None
    axes = _grid(len(drawn))
    for ax, (arm, lines) in zip(axes, drawn.items(), strict=False):
        for seed, history in enumerate(lines):
            ax.plot(history["step"], history[_total(history)], color=PALETTE[seed % 3], linewidth=1)
        _finish(ax, arm, "loss")
    return _page(axes, len(drawn), "Training loss against step, one line per seed, of " + ", ".join(drawn))


@styled
def translator_curves(histories: Mapping[str, Path]) -> Picture | None:
    """Every named loss of every translator, one panel per turn (generator, discriminator)."""
    panels: list[tuple[str, str, Columns]] = []
    for name, path in histories.items():
        history = read_history(path)
        turns = dict.fromkeys(column.split("/")[0] for column in history if "/" in column)
        panels.extend((name, turn, history) for turn in turns)
    if not panels:
        return None
    axes = _grid(len(panels))
    for ax, (name, turn, history) in zip(axes, panels, strict=False):
        losses = [column for column in history if column.startswith(f"{turn}/")]
        for index, column in enumerate(losses):
            style = STYLES[index // len(PALETTE) % len(STYLES)]
            label = column.partition("/")[2].replace("_", " ")
            ax.plot(history["step"], history[column], style, color=PALETTE[index % 8], linewidth=1.2, label=label)
        _finish(ax, f"{name}: {turn}", "loss")
        ax.legend(loc="upper right", handlelength=1.4, labelspacing=0.25, fontsize=8)
        if all(value > 0 for column in losses for value in history[column]):
            ax.set_yscale("log")
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            ax.yaxis.set_minor_locator(NullLocator())
    return _page(axes, len(panels), "Losses of the translators against step: " + _listed(p[:2] for p in panels))


def _total(history: Columns) -> str:
    names = [name for name in history if name != "step"]
    return next((name for name in names if name.split("/")[-1] == "total"), names[0])


def _grid(count: int) -> list[Axes]:
    across = min(ACROSS, count)
    down = math.ceil(count / across)
    return canvas(10.8, 2.25 * down + 0.15, down, across)[1]


def _finish(ax: Axes, title: str, ylabel: str) -> None:
    ax.set_title(title)
    ax.set_xlabel("step")
    spec = ax.get_subplotspec()
    if spec is not None and spec.is_first_col():
        ax.set_ylabel(ylabel)
    ax.grid(color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.margins(x=0.02)


def _page(axes: list[Axes], used: int, alt: str) -> Picture:
    for ax in axes[used:]:
        ax.set_visible(False)
    figure = axes[0].get_figure()
    return svg(figure, alt)  # type: ignore[arg-type]


def _listed(names: Iterable[tuple[str, ...]]) -> str:
    return ", ".join(" ".join(name) for name in names)
