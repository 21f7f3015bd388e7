"""The stain normaliser: how true its stain vectors are, and how alike it makes the slides."""

from pathlib import Path

import numpy as np
from skimage.color import rgb2lab

from pipeline.core.digests import digest_bytes
from pipeline.core.files import Json, read_json
from pipeline.core.job import Job
from pipeline.core.measures.angles import angles
from pipeline.core.store.store import TileStore

BLOCK = 256
DIGITS = 4


def score_normalization(job: Job) -> Json:
    """Compares the normalised slides with the truth, and with one another before and after.

    Args:
        job: Reads the indexes of the normalised and the plain tiles.

    Returns:
        ``stain_error_degrees``: mean and largest angle to the true stain vectors, where they are known;
        ``colour_spread``: mean CIELAB distance of a slide's mean colour to the mean of slides, before
        and after; ``slides``: the same slide by slide. Both empty where no slide was normalised.
    """
    normalized, tiled = (read_json(path)["members"] for path in job.inputs[:2])
    slides = []
    before, after = [], []
    for name, entry in sorted(normalized.items()):
        if entry.get("normalized") and entry.get("tiles"):
            truth = (entry.get("truth") or {}).get("stain_matrix")
            fit = entry.get("stain_fit") or {}
            errors = _degrees(fit["matrix"], truth) if truth and fit.get("matrix") else None
            slides.append({"slide": name, "error": errors, "fallback": bool(fit.get("fallback"))})
            before.append(mean_colour(Path(tiled[name]["store"])))
            after.append(mean_colour(Path(entry["store"])))
    known = np.array([s["error"] for s in slides if s["error"]])
    content = {
        "stain_error_degrees": _errors(known) if len(known) else {},
        "colour_spread": {"before": spread(np.array(before)), "after": spread(np.array(after))} if slides else {},
        "slides": slides,
    }
    return {"status": "complete", **content, "digest": digest_bytes(repr(content).encode())}


def mean_colour(store: Path) -> np.ndarray:
    """CIELAB of a store's mean RGB: float64 (3,)."""
    total, count = np.zeros(3), 0
    for block in TileStore(store).blocks(BLOCK):
        total += block.sum((0, 1, 2), dtype=np.float64)
        count += block.size // 3
    return np.asarray(rgb2lab(total / count / 255))


def spread(colours: np.ndarray) -> float:
    """Mean distance of colours (slide, 3) to their mean."""
    return round(float(np.linalg.norm(colours - colours.mean(0), axis=1).mean()), DIGITS)


def _degrees(fitted: list[list[float]], truth: list[list[float]]) -> list[float]:
    return [round(float(angle), DIGITS) for angle in angles(np.array(fitted), np.array(truth))]


def _errors(known: np.ndarray) -> Json:
    first, second = known.mean(0)
    found = {"haematoxylin": first, "second": second, "largest": known.max()}
    return {**{name: round(float(value), DIGITS) for name, value in found.items()}, "slides": len(known)}
