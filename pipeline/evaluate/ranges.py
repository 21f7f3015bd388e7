"""Within what figures lie: no end of an interval is told that a figure cannot have."""

from math import inf

SHARES = (  # within 0 and 1: their intervals are made there
    *("accuracy", "balanced_accuracy", "auroc", "dice"),
    *("R@1", "R@5", "R@10", "pointing", "mass"),
    *("consistency", "copied", "nearness", "as_asked"),
    *("iou", "dice_with_background", "iou_with_background", "f1", "pq", "sq", "bpq", "mpq", "aji"),
    *("tile_dice", "tile_iou", "tile_dice_with_background", "tile_iou_with_background", "tile_bpq", "tile_mpq"),
)
BY_CLASS = ("dice", "iou", "f1", "pq", "sq")  # those of a class bear its name behind theirs
RANGES = {
    "ssim": (-1.0, 1.0),
    "spearman": (-1.0, 1.0),
    "r2": (-inf, 1.0),
    "l1": (0.0, 1.0),
    "agreement": (-2.0, 2.0),  # of two correlations, the difference
}
SPECIFICITY = {"own": (-1.0, 1.0), "other": (0.0, 1.0), "composition": (0.0, 1.0), "margin": (-2.0, 1.0)}
DISTANCES = (  # the measures whose metrics bear further names behind theirs
    *("colour_distance", "frechet", "diversity", "real_diversity", "stain_drift_degrees", "stain_error_degrees"),
    *("colour_before", "colour_after", "colour_gap_before", "colour_gap_after"),
)
MARKERS = ("specificity", "specificity_of_nuclei")
SCORES = ("inception_score", "real_inception_score")  # likewise, and 1 or more


def scale_of(metric: str) -> str:
    """The scale on which the interval of a figure is made; see :class:`pipeline.core.measures.interval.Spread`."""
    first, last = metric.partition("/")[0], metric.rpartition("/")[2]
    return "share" if last in SHARES or first in BY_CLASS else "plain"


def range_of(metric: str) -> tuple[float, float]:
    """The least and the largest value that a figure can have; infinite where there is none."""
    measure = metric.partition("/")[0]
    if measure in (*DISTANCES, *SCORES):
        return 1.0 if measure in SCORES else 0.0, inf
    known = SPECIFICITY if measure in MARKERS else RANGES
    return known.get(metric.rpartition("/")[2], (-inf, inf))
