from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest

from pipeline.core.slides.cascade import TILE, Cascade, Spool, halved, level_sizes
from pipeline.phantom.writer import pyramid


def tiled(image):
    """Rows of tiles of an image, padded with 7."""
    for top in range(0, len(image), TILE):

        def tile(column, top=top):
            part = image[top : top + TILE, column * TILE : (column + 1) * TILE]
            return np.pad(part, ((0, TILE - len(part)), (0, TILE - part.shape[1]), (0, 0)), constant_values=7)

        yield tile


def joined(tiles, width, height):
    across = -(-width // TILE)
    tiles = [np.frombuffer(tile, np.uint8).reshape(TILE, TILE, 3) for tile in tiles]
    rows = [np.concatenate(tiles[start : start + across], 1) for start in range(0, len(tiles), across)]
    return np.concatenate(rows)[:height, :width]


def cascaded(image, threads=2):
    sizes, spool = level_sizes(image.shape[1], image.shape[0]), Spool(BytesIO())
    with ThreadPoolExecutor(threads) as pool:
        cascade = Cascade(sizes, lambda tile: tile.tobytes(), pool, spool)
        finest = list(cascade.finest(tiled(image)))
    return [joined(finest if not level else spool.tiles(level), *size) for level, size in enumerate(sizes)]


def test_means_of_four_pixels_are_rounded_half_up():
    quads = np.array([[0, 1, 1, 1, 3, 3], [0, 1, 1, 0, 3, 2], [255, 255, 0, 0, 10, 20], [255, 254, 0, 1, 30, 41]])
    image = np.repeat(quads.astype(np.uint8)[..., None], 3, -1)
    assert halved(image)[..., 0].tolist() == [[1, 1, 3], [255, 0, 25]]


@pytest.mark.parametrize(
    ("size", "levels"),
    [
        ((40_000, 30_001), [(40_000, 30_001), (20_000, 15_000), (10_000, 7500), (5000, 3750), (2500, 1875), (1250, 937),
                            (625, 468), (312, 234)]),
        ((512, 300), [(512, 300)]),
        ((513, 3), [(513, 3), (256, 1)]),
        ((4000, 1), [(4000, 1)]),
    ],
)  # fmt: skip
def test_levels_are_halves_until_one_is_small(size, levels):
    assert level_sizes(*size) == levels


@pytest.mark.parametrize("size", [(1024, 1024), (1025, 769), (513, 1600), (1500, 514), (2049, 257)])
def test_every_level_is_the_exact_mean_of_the_finer_one(size):
    image = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    made = cascaded(image)
    assert len(made) > 1
    for found, expected in zip(made, pyramid(image), strict=False):
        assert np.array_equal(found, expected)


def test_rows_are_asked_for_one_ahead_and_in_order():
    asked, encoded = [], []

    def rows():
        for number in range(5):
            asked.append((number, len(encoded)))
            yield lambda column, number=number: np.full((TILE, TILE, 3), number, np.uint8)

    with ThreadPoolExecutor(1) as pool:
        cascade = Cascade([(TILE, 5 * TILE)], lambda tile: tile.tobytes(), pool, Spool(BytesIO()))
        encoded.extend(tile[0] for tile in cascade.finest(rows()))
    assert encoded == [0, 1, 2, 3, 4]
    assert asked == [(0, 0), (1, 0), (2, 1), (3, 2), (4, 3)]
