"""How figures are drawn: quiet, legible, safe for the colour-blind, and the same bytes each time."""

import io
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.report.pictures import Picture, encode

# Okabe and Ito 2008, the yellow left out: it vanishes on white paper.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555", "#8C6D31")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
INK, MUTED, RULE = "#1b1f24", "#59636e", "#d0d7de"
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "synpriv",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
}
DPI = 96
styled = rc_context(STYLE)  # decorates every function that draws


def canvas(width: float, height: float, rows: int, columns: int, **layout: Any) -> tuple[Figure, list[Axes]]:
    """A figure of ``width`` x ``height`` inches and its axes, row by row."""
    figure = Figure(figsize=(width, height), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, **layout)
    return figure, list(grid.ravel())


def svg(figure: Figure, alt: str) -> Picture:
    """The figure as an SVG picture."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", dpi=2 * DPI, metadata={"Date": None, "Creator": None})
    width, height = (round(DPI * side) for side in figure.get_size_inches())
    return Picture(encode(buffer.getvalue(), "image/svg+xml"), alt, width, height)
