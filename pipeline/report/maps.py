"""The test tiles as an encoder sees them, in two dimensions, coloured by what is asked of them and by site."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from pipeline.core.measures.domains import IN_DOMAIN
from pipeline.report.drawing import MARKERS, PALETTE, RULE, canvas, styled, svg
from pipeline.report.entry import Entry
from pipeline.report.figures import Figures
from pipeline.report.pictures import Picture

POINTS, COMPONENTS, ITERATIONS = 1000, 50, 500
UNLABELLED = "no label"


@dataclass(frozen=True)
class Points:
    """Test tiles of one encoder.

    Args:
        embeddings: float16 (tile, features).
        targets: str (tile,) class names, or float64 (tile,) values, NaN = none.
        sites: str (tile,).
    """

    embeddings: np.ndarray
    targets: np.ndarray
    sites: np.ndarray


def read_points(path: Path, task: str) -> Points | None:
    """The test tiles in a score file of an encoder; None where there is no file.

    Args:
        path: ``.npz`` of :func:`pipeline.evaluate.encoder_score.score_encoder`.
        task: Whose targets are shown.
    """
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        targets = file[f"map/target/{task}"]
        if targets.dtype.kind != "f":
            targets = np.where(targets == "", UNLABELLED, targets)
        return Points(file["map/embeddings"], targets, file["map/site"])


def mapped(figures: Figures, arms: list[Entry], baseline: str, task: str) -> list[str]:
    """The arms whose maps are shown: the synthetic one with the best known-site figure, below its baseline."""
    metric = figures.scopes[task].metric

    def merit(arm: Entry) -> float:
        found = figures.get(arm.name, task, IN_DOMAIN, metric)
        return found.value if found else 0.0

    best = max((arm for arm in arms if arm.role == "synthetic"), key=merit, default=None)
    return [best.published or baseline, best.name] if best else [baseline]


def plane(embeddings: np.ndarray, seed: int) -> np.ndarray:
    """t-SNE of the first principal components: float (tile, 2); the same on any number of cores."""
    flat = embeddings.astype(np.float64)
    kept = min(COMPONENTS, *flat.shape)
    with threadpool_limits(1):
        reduced = PCA(kept, svd_solver="full").fit_transform(flat)
        if len(flat) < 10:
            return np.asarray(reduced[:, :2])
        perplexity = min(30.0, (len(flat) - 1) / 3)
        chart = TSNE(2, perplexity=perplexity, init="pca", max_iter=ITERATIONS, random_state=seed % 2**32)
        return np.asarray(chart.fit_transform(reduced))


@styled
def maps(encoders: dict[str, Points], seed: int) -> Picture | None:
    """One row per encoder: coloured by class or value on the left, by site on the right; at most POINTS tiles."""
    encoders = {name: points for name, points in encoders.items() if len(points.embeddings) >= 3}
    if not encoders:
        return None
    figure, axes = canvas(10.8, 3.9 * len(encoders), len(encoders), 2)
    for (name, points), (left, right) in zip(encoders.items(), zip(axes[::2], axes[1::2], strict=True), strict=True):
        drawn = _draw(len(points.embeddings), seed)
        places = plane(points.embeddings[drawn], seed)
        targets = points.targets[drawn]
        if targets.dtype.kind == "f":
            _shade(left, places, targets, f"{name}, by value")
        else:
            _scatter(left, places, targets, f"{name}, by class")
        _scatter(right, places, points.sites[drawn], f"{name}, by site")
    by = "value" if any(points.targets.dtype.kind == "f" for points in encoders.values()) else "class"
    return svg(figure, f"Two-dimensional maps of test tiles, by {by} and by site: " + " and ".join(encoders))


def _draw(count: int, seed: int) -> np.ndarray:
    return np.sort(np.random.default_rng(seed).permutation(count)[:POINTS])


def _scatter(ax: Axes, places: np.ndarray, groups: np.ndarray, title: str) -> None:
    named = sorted(set(groups.tolist()), key=lambda group: (group == UNLABELLED, group))
    for index, group in enumerate(named):
        held = groups == group
        ax.scatter(
            places[held, 0],
            places[held, 1],
            s=13,
            marker=MARKERS[index % len(MARKERS)],
            color=RULE if group == UNLABELLED else PALETTE[index % len(PALETTE)],
            alpha=0.75,
            linewidths=0,
            label=str(group),
            rasterized=True,
        )
    _finish(ax, title)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.2, markerscale=1.6)


def _shade(ax: Axes, places: np.ndarray, values: np.ndarray, title: str) -> None:
    known = ~np.isnan(values)
    x, y = places.T
    ax.scatter(x[~known], y[~known], s=13, color=RULE, linewidths=0, rasterized=True)
    drawn = ax.scatter(x[known], y[known], s=13, c=values[known], cmap="viridis", linewidths=0, rasterized=True)
    _finish(ax, title)
    figure = ax.get_figure()
    if figure is not None:
        figure.colorbar(drawn, ax=ax, shrink=0.7)


def _finish(ax: Axes, title: str) -> None:
    ax.set_title(title)
    ax.set_xticks([])
    ax.set_yticks([])
