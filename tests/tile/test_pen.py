import numpy as np
import pytest
from PIL import Image

from pipeline.tile.pen import inks, pen_marks
from pipeline.tile.tissue import Palette

STAINS = {"haematoxylin": (0.65, 0.70, 0.29), "eosin": (0.07, 0.99, 0.11), "DAB": (0.27, 0.57, 0.78)}
INKS = {
    "green": (20, 150, 110),
    "blue": (40, 70, 190),
    "navy": (30, 40, 130),
    "red": (215, 25, 35),
    "black": (25, 25, 28),
}


def density(shade):
    return -np.log((np.array([shade], np.float64) + 1) / 256)


def slide(shade):
    """White glass, a stroke of 30 px across it."""
    picture = np.full((100, 100, 3), 255, np.uint8)
    picture[:, 35:65] = shade
    return picture


@pytest.mark.parametrize("shade", INKS.values(), ids=INKS)
def test_ink_is_known_by_its_colour(shade):
    strong, _ = inks(density(shade))
    assert strong.all()


@pytest.mark.parametrize("shade", INKS.values(), ids=INKS)
def test_thin_ink_is_possible_ink(shade):
    _, thin = inks(density(shade) / 5)
    assert thin.all()


@pytest.mark.parametrize("second", ["eosin", "DAB"])
def test_no_mixture_with_haematoxylin_is_ink(second):
    share = np.linspace(0, 1, 21)[:, None, None]
    amount = np.linspace(0.05, 1.8, 36)[None, :, None]
    mixed = amount * (share * np.array(STAINS["haematoxylin"]) + (1 - share) * np.array(STAINS[second]))
    strong, _ = inks(mixed.reshape(-1, 3))
    assert not strong.any()


@pytest.mark.parametrize("shade", INKS.values(), ids=INKS)
def test_a_stroke_is_marked_with_its_fringe(shade):
    palette = Palette(slide(shade))
    marks = pen_marks(palette.where, -np.log(palette.light), 8.0)
    assert np.array_equal(marks, np.tile((np.arange(100) >= 30) & (np.arange(100) < 70), (100, 1)))


def test_a_spot_is_no_mark():
    picture = slide((255, 255, 255))
    picture[40:50, 40:50] = INKS["red"]  # 6400 µm²
    palette = Palette(picture)
    assert not pen_marks(palette.where, -np.log(palette.light), 8.0).any()


def test_thin_ink_counts_near_strong_ink_alone():
    picture = slide(INKS["green"])
    picture[:, 5:15] = picture[:, 65:70] = (200, 235, 225)
    palette = Palette(picture)
    marked = pen_marks(palette.where, -np.log(palette.light), 8.0)[50]
    assert marked[65:70].all()
    assert not marked[5:15].any()


@pytest.mark.parametrize(
    ("pattern", "reduce", "mpp"),
    [
        ("ihc_he_mihc_hemit/trainA/*.jpg", 16, 8.0),
        ("stain_torchstain/data/source.png", 4, 4.0),
        ("stain_tiatoolbox/tests/data/TCGA*.png", 8, 4.0),
        ("stain_tiatoolbox/tests/data/source_image.png", 8, 4.0),
        ("ihc_anhir_birl/data-images/*_/scale-5pc/*.jpg", 1, 4.0),
        ("ihc_cima_lung_landmarks/dataset/*/scale-5pc/*.jpg", 1, 4.0),
    ],
)
def test_real_tissue_bears_no_marks(real_data, pattern, reduce, mpp):
    files = sorted(real_data.glob(pattern))
    assert files
    for path in files:
        palette = Palette(np.asarray(Image.open(path).convert("RGB").reduce(reduce)))
        assert not pen_marks(palette.where, -np.log(palette.light), mpp).any(), path.name
