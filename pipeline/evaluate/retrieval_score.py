"""Retrieval by an arm that read captions: of test tiles, domain by domain."""

from collections.abc import Iterator

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.digests import digest_bytes
from pipeline.core.measures.means import Means, Together
from pipeline.core.measures.records import RETRIEVAL, Score
from pipeline.core.networks.language import Language
from pipeline.core.text.captions import Captions
from pipeline.evaluate.probe_tiles import ProbeTiles
from pipeline.evaluate.retrieval import METRICS, caption_ranks, distinct, recalls, tile_ranks
from pipeline.evaluate.tile_means import by_domain, mean_score


def captions_of(cohort: Cohort, tiles: ProbeTiles, captions: Captions) -> np.ndarray:
    """The first caption of every tile: str (tile,), empty where it has none."""
    said: list[str] = []
    for slide in dict.fromkeys(tiles.slide.tolist()):
        own = captions.of(cohort.members[slide])
        said += [own[row][0] if own[row] else "" for row in tiles.row[tiles.slide == slide]]
    return np.array(said)


def retrieval_scores(
    tiles: ProbeTiles, captions: np.ndarray, images: np.ndarray, language: Language
) -> Iterator[Score]:
    """``image_to_text`` among the distinct captions of a domain's tiles, ``text_to_image`` among these tiles.

    The second is a figure of all patients together: whether a caption finds a tile depends on the tiles of others.

    Args:
        tiles: Of which the test tiles with a caption are asked.
        captions: str (tile,).
        images: Unit vectors (tile, d).
        language: In eval mode.
    """
    for domain, rows in by_domain(tiles, np.flatnonzero(tiles.test & (captions != ""))):
        texts, said = distinct(captions[rows].tolist())
        read = language.vectors(texts)
        found: dict[str, tuple[np.ndarray, type[Means]]] = {
            "image_to_text": (recalls(caption_ranks(images[rows], read, said), len(texts)), Means),
            "text_to_image": (recalls(tile_ranks(images[rows], read, said), len(rows)), Together),
        }
        paired = digest_bytes(*(column[rows].tobytes() for column in (tiles.slide, tiles.row, captions)))
        for name, (measured, pool) in found.items():
            yield mean_score((RETRIEVAL, domain, name), METRICS, measured, tiles.patient[rows], paired, pool)
