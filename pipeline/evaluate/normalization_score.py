"""The stain normaliser: how true its stain vectors are, and how alike it makes the slides."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from skimage.color import rgb2lab

from pipeline.core.digests import digest_bytes, digest_file
from pipeline.core.job import Job
from pipeline.core.manifests.index import read_members
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.measures.angles import angles
from pipeline.core.measures.dispersion import Dispersion
from pipeline.core.measures.domains import EVERYONE
from pipeline.core.measures.means import Largest, Means
from pipeline.core.measures.pool import Pool
from pipeline.core.measures.records import NORMALIZE, Score, save_scores
from pipeline.core.store.store import TileStore

BLOCK = 256
STAINS = ["haematoxylin", "second"]


def score_normalization(job: Job) -> ScoresManifest:
    """Compares the normalised slides with the truth, and with one another before and after.

    ``stain_error_degrees``: mean angle to the true vector of each stain, and the largest, over slides whose
    stains are known. ``colour_before`` and ``colour_after``: mean CIELAB distance of a slide's mean colour to
    the mean of slides. No scores where no slide was normalised.

    Args:
        job: Inputs ``normalized`` and ``tiled``, the indexes; its spec names the ``method``; output ``scores``.
    """
    tiled = read_members(job.inputs["tiled"], TileManifest)
    members = read_members(job.inputs["normalized"], NormalizedManifest).values()
    slides = [slide for slide in members if slide.normalized and slide.tiles]
    path = job.outputs["scores"]
    records = save_scores(path, [*_stain_errors(slides), *_colours(slides, tiled)])
    return ScoresManifest(
        payload=(path,),
        subject=job.spec["method"],
        fold=job.fold,
        records=records,
        scores=path,
        digest=digest_file(path),
    )


def mean_colour(store: Path) -> np.ndarray:
    """CIELAB of a store's mean RGB: float64 (3,)."""
    total, count = np.zeros(3), 0
    for block in TileStore(store).blocks(BLOCK):
        total += block.sum((0, 1, 2), dtype=np.float64)
        count += block.size // 3
    return np.asarray(rgb2lab(total / count / 255))


def _stain_errors(slides: list[NormalizedManifest]) -> Iterator[Score]:
    known, errors = [], []
    for slide in slides:
        truth, fitted = (slide.truth or {}).get("stain_matrix"), (slide.stain_fit or {}).get("matrix")
        if truth and fitted:
            known.append(slide)
            errors.append(angles(np.array(fitted), np.array(truth)))
    if known:
        degrees, patient = np.array(errors), _patients(known)[1]
        largest = np.zeros(patient.max() + 1)
        np.maximum.at(largest, patient, degrees.max(1))
        yield _score("stain_error_degrees", known, Means.of(STAINS, degrees, patient))
        yield _score("stain_error_degrees", known, Largest(largest))


def _colours(slides: list[NormalizedManifest], tiled: dict[str, TileManifest]) -> Iterator[Score]:
    if slides:
        stores = {"before": [tiled[slide.slide].store for slide in slides], "after": [s.store for s in slides]}
        for when, paths in stores.items():
            vectors = np.array([mean_colour(path) for path in paths if path])
            yield _score(f"colour_{when}", slides, Dispersion(vectors, _patients(slides)[1]))


def _patients(slides: list[NormalizedManifest]) -> tuple[tuple[str, ...], np.ndarray]:
    """Names, and whose each slide is: int (slide,)."""
    names, patient = np.unique([slide.patient for slide in slides], return_inverse=True)
    return tuple(names.tolist()), patient


def _score(name: str, slides: list[NormalizedManifest], pool: Pool) -> Score:
    paired = digest_bytes(*(slide.slide.encode() for slide in slides))
    return Score(NORMALIZE, EVERYONE, name, pool, _patients(slides)[0], len(slides), paired)
