"""Which tiles are read, and in which batches."""

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.store.store import write_store
from pipeline.evaluate.features import embed
from pipeline.evaluate.probe_tiles import ProbeTiles


class Levels:
    """An encoder whose features are the tile's grey level and the size of its batch."""

    def embed(self, tiles, batch):
        assert len(tiles) <= batch
        return np.array([[tile.max(), len(tiles)] for tile in tiles], np.float32)


def test_tiles_are_read_slide_by_slide_in_batches_of_consecutive_rows(tmp_path):
    members = []
    for slide, level in (("a", 0), ("b", 100), ("c", 200)):
        images = (level + np.arange(8, dtype=np.uint8))[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)
        write_store(tmp_path / f"{slide}.zarr", [images], {"xy": np.zeros((8, 2), np.int64)}, {}, size=4)
        members.append(Member(slide, slide, "A", "HE", "train", "", tmp_path / f"{slide}.zarr", 8))
    slide, row = np.array(list("aaabcc")), np.array([1, 2, 6, 7, 3, 4])
    none = np.zeros(6, bool)
    tiles = ProbeTiles(slide, row, slide, slide, none, none, {}, {})
    found = embed(Levels(), Cohort(members), tiles, 4)
    assert found.tolist() == [[1, 2], [2, 2], [6, 1], [107, 1], [203, 1], [204, 1]]
