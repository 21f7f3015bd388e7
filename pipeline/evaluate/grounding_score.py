"""How well an arm that read captions finds a class among tiles of others."""

from collections.abc import Iterator

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.digests import digest_bytes
from pipeline.core.measures.records import Score
from pipeline.core.networks.encoder import Encoder
from pipeline.core.networks.language import Language
from pipeline.core.seeds import derive
from pipeline.core.store.store import TileStore
from pipeline.evaluate.grounding import METRICS, PARTS, Grids, ground, point
from pipeline.evaluate.probe_tiles import ProbeTiles
from pipeline.evaluate.tile_means import by_domain, mean_score

GRADIENT = 8  # times the memory of features alone, as every map is kept for the way back
Drawn = dict[str, tuple[Grids, np.ndarray]]  # pictures of a task, by domain: their tiles, and their pixels


def draw_grids(cohort: Cohort, tiles: ProbeTiles, task: str, seed: int) -> Drawn:
    """Pictures of test tiles with a class in a task, the same for every encoder."""
    found = {}
    for domain, rows in by_domain(tiles, tiles.split(task)[1]):
        grids = Grids.draw(rows, tiles.targets[task][rows], derive(seed, "grounding", task, domain))
        if len(grids.asked):
            found[domain] = grids, grids.pictures(_pixels(cohort, tiles, grids.tiles))
    return found


def grounding_scores(
    tiles: ProbeTiles, task: str, drawn: Drawn, networks: tuple[Encoder, Language], classes: np.ndarray, batch: int
) -> Iterator[Score]:
    """``grounding`` in every domain; a picture is of the patient whose tile is asked for.

    Args:
        tiles: Of the pictures.
        task: Whose classes are asked for.
        drawn: The pictures.
        networks: Both in eval mode.
        classes: Unit vectors (class, d).
        batch: Tiles at a time.
    """
    for domain, (grids, pictures) in drawn.items():
        own = grids.tiles[np.arange(len(grids.asked)), grids.asked]
        heat = ground(*networks, pictures, classes[tiles.targets[task][own]], max(1, batch // (GRADIENT * PARTS)))
        where = tiles.slide[grids.tiles], tiles.row[grids.tiles], grids.asked
        paired = digest_bytes(*(column.tobytes() for column in where))
        measured = point(heat, grids.asked)
        yield mean_score((task, domain, "grounding"), METRICS, measured, tiles.patient[own], paired)


def _pixels(cohort: Cohort, tiles: ProbeTiles, wanted: np.ndarray) -> np.ndarray:
    """Images of tiles at any positions (...,): (..., y, x, c)."""
    positions, place = np.unique(wanted, return_inverse=True)
    parts = [
        TileStore(cohort.members[slide].store).tiles(tiles.row[positions[tiles.slide[positions] == slide]])
        for slide in dict.fromkeys(tiles.slide[positions].tolist())
    ]
    images: np.ndarray = np.concatenate(parts)[place.reshape(wanted.shape)]
    return images
