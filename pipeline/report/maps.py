"""The test tiles as an encoder sees them, in two dimensions, coloured by class and by site."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.labels import read_labels
from pipeline.core.files import Json
from pipeline.report.drawing import MARKERS, PALETTE, RULE, canvas, styled, svg
from pipeline.report.pictures import Picture

POINTS, COMPONENTS = 1000, 50
UNLABELLED = "no label"


@dataclass(frozen=True)
class Points:
    """Test tiles of one encoder: float (tile, d) ``embeddings``, and a class and a site of each."""

    embeddings: np.ndarray
    classes: np.ndarray
    sites: np.ndarray


def read_points(path: Path, cohort: Cohort, task: Json) -> Points | None:
    """The test tiles in a score file of ``evaluate``; None where it holds no embeddings.

    Args:
        path: An ``.npz`` with ``embeddings`` (tile, d), ``slide`` (tile,) names and ``row`` (tile,) numbers.
        cohort: Knows the slides' splits, sites and stores.
        task: The task of params.yaml whose classes are shown.
    """
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        if not {"embeddings", "slide", "row"} <= set(file.files):
            return None
        embeddings, slides, rows = file["embeddings"], file["slide"].astype(str), file["row"]
    tested = {name for name, member in cohort.members.items() if member.split == "test"}
    held = np.flatnonzero(np.isin(slides, sorted(tested)))
    slides, rows = slides[held], rows[held]
    members = [cohort.members[slide] for slide in sorted(set(slides.tolist()))]
    labels = read_labels(cohort, task, members)
    names = np.array([*labels.names, UNLABELLED], dtype=object)  # label -1 picks the last
    classes, sites = np.full(len(held), UNLABELLED, dtype=object), np.full(len(held), "", dtype=object)
    for member in members:
        own = slides == member.slide
        classes[own] = names[labels.rows[member.slide][rows[own]]]
        sites[own] = member.site
    return Points(embeddings[held], classes, sites)


def plane(embeddings: np.ndarray, seed: int) -> np.ndarray:
    """t-SNE of the first principal components: float (tile, 2); the same on any number of cores."""
    flat = embeddings.astype(np.float64)
    kept = min(COMPONENTS, *flat.shape)
    with threadpool_limits(1):
        reduced = PCA(kept, svd_solver="full").fit_transform(flat)
        if len(flat) < 10:
            return np.asarray(reduced[:, :2])
        perplexity = min(30.0, (len(flat) - 1) / 3)
        chart = TSNE(2, perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed % 2**32)
        return np.asarray(chart.fit_transform(reduced))


@styled
def maps(encoders: dict[str, Points], seed: int) -> Picture | None:
    """One row per encoder: coloured by class on the left, by site on the right; at most POINTS tiles."""
    encoders = {name: points for name, points in encoders.items() if len(points.embeddings) >= 3}
    if not encoders:
        return None
    figure, axes = canvas(10.8, 3.9 * len(encoders), len(encoders), 2)
    for (name, points), (left, right) in zip(encoders.items(), zip(axes[::2], axes[1::2], strict=True), strict=True):
        drawn = _draw(len(points.embeddings), seed)
        places = plane(points.embeddings[drawn], seed)
        _scatter(left, places, points.classes[drawn], f"{name}, by class")
        _scatter(right, places, points.sites[drawn], f"{name}, by site")
    return svg(figure, "Two-dimensional maps of test tiles, by class and by site: " + " and ".join(encoders))


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
    ax.set_title(title)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.2, markerscale=1.6)
