import numpy as np
import pytest

from pipeline.commands.apply.windows import Blended, Joined, Windows
from pipeline.core.slides.cascade import TILE

SIZE = 64


def padded(image, x, y):
    """A window of an image, beyond it its last pixels."""
    rows, columns = (
        np.minimum(np.arange(start, start + SIZE), n - 1) for start, n in ((y, len(image)), (x, image.shape[1]))
    )
    return image[rows][:, columns]


def joined(image, change, overlap=32, batch=5):
    """The result, put together of its rows of tiles, and what was found of seams."""
    high, wide = image.shape[:2]
    made = Joined(Windows(wide, high, SIZE, overlap), lambda x, y: padded(image, x, y), change, batch=batch, threads=2)
    rows = [np.concatenate([row(column) for column in range(-(-wide // TILE))], 1) for row in made.rows()]
    assert all(row.shape[0] == TILE for row in rows)
    return np.concatenate(rows)[:high, :wide], made.seams


@pytest.fixture
def image(tissue_like):
    return tissue_like(600)[:, :330]


def vignette(tiles, numbers):
    return (tiles * np.linspace(1, 0.6, SIZE)[:, None]).round().astype(np.uint8)


@pytest.mark.parametrize(("high", "wide"), [(600, 330), (256, 256), (257, 65), (64, 64), (40, 300), (300, 40)])
@pytest.mark.parametrize("overlap", [0, 20, 32])
def test_what_is_not_changed_comes_out_as_it_was(tissue_like, high, wide, overlap):
    image = tissue_like(600)[:high, :wide]
    made, seams = joined(image, lambda tiles, _: tiles, overlap)
    assert np.array_equal(made, image)
    assert seams.result == seams.source


def test_constants_give_no_seam(image):
    made, seams = joined(image, lambda tiles, _: np.full_like(tiles, (201, 7, 96)))
    assert np.all(made == (201, 7, 96))
    assert seams.result.seam == 1.0


def test_windows_that_do_not_match_are_blended(image):
    hard, soft = (joined(image, vignette, overlap)[1].result.seam for overlap in (0, 32))
    assert hard > 1.2
    assert soft == pytest.approx(1.0, abs=0.05)


def test_seams_are_those_of_the_whole_picture(image):
    from pipeline.commands.apply.blend import inner_borders, window_starts
    from pipeline.core.measures.seam import stained, steps

    image[:, 100:180] = 240  # glass
    made, seams = joined(image, vignette, 20)
    borders = [inner_borders(window_starts(side, SIZE, 44), SIZE, side) for side in image.shape[:2]]
    for picture, found in ((made, seams.result), (image, seams.source)):
        expected = sum((steps(picture, stained(image), borders[axis], axis) for axis in (0, 1)), start=type(found)())
        assert (found.crossings, found.others) == (expected.crossings, expected.others)
        assert found.across == pytest.approx(expected.across)
        assert found.within == pytest.approx(expected.within)


def test_a_window_keeps_its_number_whatever_the_batch(image):
    def numbered(tiles, numbers):
        return np.broadcast_to(np.array(numbers, np.uint8)[:, None, None, None] % 251, tiles.shape)

    one, other = (joined(image, numbered, batch=batch)[0] for batch in (1, 7))
    assert np.array_equal(one, other)
    plain, _ = joined(image, numbered, overlap=0)
    across = -(-330 // SIZE)
    assert [plain[0, 0, 0], plain[0, 64, 0], plain[64, 0, 0]] == [0, 1, across]


def test_the_error_of_a_window_is_told(image):
    def broken(tiles, numbers):
        if 30 in numbers:
            raise ValueError("window 30")
        return tiles

    with pytest.raises(ValueError, match="window 30"):
        joined(image, broken)


@pytest.mark.parametrize(("high", "wide"), [(600, 330), (65, 64), (40, 300)])
def test_numbers_of_any_kind_are_averaged(image, high, wide):
    """A function of single pixels is that function of the picture; what depends on the window is its mean."""
    image = image[:high, :wide]

    def maps(tiles, numbers):
        own = tiles[..., :1] / np.float32(255)
        place = np.broadcast_to(np.array(numbers, np.float32)[:, None, None, None], own.shape)
        return np.concatenate([own, 1 - own, own**2, own * 0 + 1, place], -1)

    blended = Blended(
        Windows(image.shape[1], image.shape[0], SIZE, 20), lambda x, y: padded(image, x, y), maps, batch=5, threads=2
    )
    parts = [(found.copy(), source.copy()) for found, source in blended.strips()]
    found, source = (np.concatenate(own) for own in zip(*parts, strict=True))
    assert np.array_equal(source, image)
    expected = image[..., 0] / np.float32(255)
    for channel, values in enumerate((expected, 1 - expected, expected**2, np.ones_like(expected))):
        assert np.abs(found[..., channel] - values).max() < 1e-6
    assert found[0, 0, 4] == 0
    if wide > SIZE:
        assert found[0, SIZE - 10, 4] == pytest.approx(0.5, abs=0.1)  # between the windows 0 and 1
