"""Within what figures lie: no end of an interval is told that a figure cannot have."""

from math import inf

SHARES = (  # within 0 and 1: their intervals are made there
    *("accuracy", "balanced_accuracy", "auroc", "dice"),
    *("R@1", "R@5", "R@10", "pointing", "mass"),
    *("consistency", "copied", "as_asked"),
    *("iou", "dice_with_background", "iou_with_background", "f1", "pq", "sq", "bpq", "mpq", "aji"),
    *("tile_dice", "tile_iou", "tile_dice_with_background", "tile_iou_with_background"),
)
BY_CLASS = ("dice", "iou", "f1", "pq", "sq")  # those of a class bear its name behind theirs
RANGES = {
    "ssim": (-1.0, 1.0),
    "spearman": (-1.0, 1.0),
    "r2": (-inf, 1.0),
    "l1": (0.0, 1.0),
    "agreement": (-2.0, 2.0),  # of two correlations, the difference
}
DISTANCES = (  # the measures whose metrics bear further names behind theirs
    *("colour_distance", "frechet", "stain_drift_degrees", "stain_error_degrees"),
    *("colour_before", "colour_after", "colour_gap_before", "colour_gap_after"),
)


def scale_of(metric: str) -> str:
    """The scale on which the interval of a figure is made; see :class:`pipeline.core.measures.interval.Spread`."""
    first, last = metric.partition("/")[0], metric.rpartition("/")[2]
    return "share" if last in SHARES or first in BY_CLASS else "plain"


def range_of(metric: str) -> tuple[float, float]:
    """The least and the largest value that a figure can have; infinite where there is none."""
    if metric.partition("/")[0] in DISTANCES:
        return 0.0, inf
    return RANGES.get(metric.rpartition("/")[2], (-inf, inf))
