"""A slide with what a probe says of its tiles laid over it."""

from contextlib import closing
from pathlib import Path

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image

from pipeline.commands.embed.slide import RawSlide
from pipeline.commands.heatmap.colours import MAP, OPAQUE, colour, of_classes, of_values, painted
from pipeline.core.errors import StudyError
from pipeline.core.files import aside
from pipeline.report.drawing import DPI, styled

LONGEST = 1400  # pixels of the slide along its longer side
BESIDE, ABOVE = 1.9, 0.4  # inches for the legend and the title


@styled
def draw(
    path: Path, slide: RawSlide, predicted: np.ndarray, task: str, names: tuple[str, ...], shown: str | None
) -> None:
    """Writes a PNG: the likeliest class of every tile, or by colour the probability of one, or the values.

    Args:
        path: The file.
        slide: Whose tiles.
        predicted: float64 (tile, class) probabilities, or (tile, 1) values.
        task: Its name.
        names: Of the classes; none where targets are values.
        shown: The class whose probability is shown; None for all of them.
    """
    with closing(slide.request.open(slide.image.path)) as region:
        scale = max(1.0, max(region.width, region.height) / LONGEST)
        overview = region.overview(scale)
    field = painted(slide.image.grid.boxes(scale), predicted, overview.shape[:2])
    high, wide = (side / DPI for side in overview.shape[:2])
    figure = Figure(figsize=(wide + BESIDE, high + ABOVE))
    across, up = wide / (wide + BESIDE), high / (high + ABOVE)
    axes = figure.add_axes((0, 0, across, up))
    axes.set_axis_off()
    axes.imshow(_grey(overview), interpolation="none")
    figure.text(0.1 / (wide + BESIDE), 1 - 0.28 / (high + ABOVE), f"{slide.name}: {told(task, shown)}", size=15)
    if names and shown is None:
        axes.imshow(of_classes(field), interpolation="none")
        patches = [Patch(color=colour(place), label=name) for place, name in enumerate(names)]
        figure.legend(handles=patches, loc="upper left", bbox_to_anchor=(across, up), fontsize=13)
    else:
        values = field[..., names.index(shown) if shown else 0]
        limits = Normalize(0, 1) if names else Normalize(predicted.min(), predicted.max())
        axes.imshow(of_values(values, limits), interpolation="none")
        bar = figure.add_axes((across + 0.2 / (wide + BESIDE), 0.1 * up, 0.2 / (wide + BESIDE), 0.85 * up))
        figure.colorbar(ScalarMappable(limits, MAP), cax=bar, alpha=OPAQUE).ax.tick_params(labelsize=13)
    with aside(path) as partial:
        figure.savefig(partial, format="png", dpi=DPI, metadata={"Software": None})


def _grey(overview: np.ndarray) -> np.ndarray:
    """The slide without its colours, which would mix with those laid over it: uint8 (y, x, 3)."""
    return np.repeat(np.asarray(Image.fromarray(overview).convert("L"))[..., None], 3, axis=-1)


def told(task: str, shown: str | None) -> str:
    """What the colours say."""
    return f"{task}, probability of {shown}" if shown else task


def check_shown(shown: str | None, names: tuple[str, ...]) -> None:
    """Raises StudyError where the task has no such class."""
    if shown is not None and shown not in names:
        fix = f"one of: {', '.join(names)}" if names else "leave it out: the task has values, no classes"
        raise StudyError(f"no class {shown!r}", where="--class", fix=fix)
