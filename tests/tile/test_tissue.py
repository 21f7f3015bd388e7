import numpy as np
import pytest
from PIL import Image

from pipeline.core.slides.region import Region
from pipeline.phantom.layout import make_layout
from pipeline.tile import tissue
from pipeline.tile.tissue import Palette, tissue_mask


def glass(shade, seed=0):
    noise = np.random.default_rng(seed).normal(0, 2, (128, 128, 3))
    return np.clip(np.array(shade) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shade", [(255, 255, 255), (247, 247, 246), (236, 237, 243), (246, 241, 236)])
def test_an_empty_slide_has_no_tissue(shade):
    assert tissue_mask(glass(shade), 8.0).sum() == 0


def test_a_slide_full_of_tissue_has_no_background():
    rng = np.random.default_rng(0)
    full = np.where(rng.uniform(size=(128, 128, 1)) < 0.3, (120, 80, 150), (215, 160, 205)).astype(np.uint8)
    assert tissue_mask(full, 8.0).all()


def test_a_disc_is_found_to_a_percent():
    picture = glass((240, 240, 244))
    y, x = np.mgrid[:128, :128]
    disc = (x - 60) ** 2 + (y - 70) ** 2 < 40**2
    picture[disc] = (205, 150, 200)
    found = tissue_mask(picture, 8.0)
    assert np.count_nonzero(found & disc) / disc.sum() > 0.99
    assert np.count_nonzero(found & ~disc) / disc.sum() < 0.05


def test_grey_dirt_is_no_tissue():
    picture = glass((245, 245, 245))
    picture[40:60, 40:60] = 90
    assert tissue_mask(picture, 8.0).sum() == 0


@pytest.mark.parametrize(("stain", "least"), [("HE", 0.95), ("IHC", 0.9)])
def test_the_mask_follows_the_phantoms_tissue(phantoms, stain, least):
    found = tissue_mask(Region(phantoms / f"A1-{stain}.tif").overview(16), 8.0)
    truth = make_layout(seed=0, patient="A1", section="A1-HE", side=1024).edge[8::16, 8::16] > 0
    dice = 2 * np.count_nonzero(found & truth) / (found.sum() + truth.sum())
    assert dice > least


def disc(picture, shade, radius=40):
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    inside = (x - 64) ** 2 + (y - 64) ** 2 < radius**2
    picture[inside] = shade
    return inside


@pytest.mark.parametrize("fill", [0, 255])
def test_what_was_not_scanned_is_neither_tissue_nor_glass(fill):
    picture = glass((226, 223, 230))
    inside = disc(picture, (200, 150, 195))
    picture[:30] = picture[:, 110:] = fill
    inside[:30] = inside[:, 110:] = False
    found = tissue_mask(picture, 8.0)
    assert np.count_nonzero(found & inside) / inside.sum() > 0.94  # what is near black is left out
    assert np.count_nonzero(found & ~inside) / inside.sum() < 0.05


def test_an_empty_scan_between_unscanned_areas_has_no_tissue():
    picture = np.zeros((128, 128, 3), np.uint8)
    picture[:, 40:90] = glass((226, 223, 230))[:, 40:90]
    picture[:, 90:] = 255
    assert tissue_mask(picture, 8.0).sum() == 0


@pytest.mark.parametrize("shade", [(0, 0, 0), (6, 6, 6), (12, 10, 14)])
def test_an_empty_dark_slide_has_no_tissue(shade):
    assert tissue_mask(glass(shade), 8.0).sum() == 0


@pytest.mark.parametrize("shade", [(10, 12, 120), (90, 90, 90), (8, 60, 8)])
@pytest.mark.parametrize("background", [0, 8])
def test_on_a_dark_background_tissue_is_bright(shade, background):
    picture = glass((background,) * 3)
    inside = disc(picture, shade)
    found = tissue_mask(picture, 8.0)
    assert np.count_nonzero(found & inside) == inside.sum()
    assert np.count_nonzero(found & ~inside) / inside.sum() < 0.08


def test_pale_tissue_with_brown_in_it_is_tissue():
    picture = glass((242, 243, 243))
    inside = disc(picture, (212, 206, 211))
    picture[50:70, 50:70] = (150, 110, 70)
    found = tissue_mask(picture, 8.0)
    assert np.count_nonzero(found & inside) / inside.sum() > 0.98
    assert found[50:70, 50:70].all()


def test_specks_are_left_out_and_small_holes_filled():
    picture = glass((240, 240, 244))
    inside = disc(picture, (205, 150, 200))
    picture[60:66, 60:66] = (240, 240, 244)  # 2304 µm²
    picture[4:9, 4:9] = (205, 150, 200)  # 1600 µm²
    found = tissue_mask(picture, 8.0)
    assert found[60:66, 60:66].all()
    assert not found[:15, :15].any()
    assert tissue_mask(picture, 16.0)[4:9, 4:9].all()
    assert not tissue_mask(picture, 20.0)[62:64, 62:64].any()
    assert inside[62, 62]


def overview(path, reduce):
    return np.asarray(Image.open(path).convert("RGB").reduce(reduce))


@pytest.mark.parametrize(
    ("name", "reduce", "low", "high"),
    [
        ("almost-white-1", 2, 0.0, 0.0),
        ("almost-white-ihc", 1, 0.0, 0.0),
        ("no-tissue", 8, 0.0, 0.0),
        ("no-tissue2", 8, 0.0, 0.0),
        ("no-tissue-line", 8, 0.0, 0.01),
        ("no-tissue-green-pen", 4, 0.0, 0.0),
        ("no-tissue-red-pen", 4, 0.0, 0.1),
        ("very-low-nuclei-score-red-pen-level1", 4, 0.0, 0.1),
        ("medium-nuclei-score-green-pen-level1", 4, 0.25, 0.4),
        ("high-nuclei-score-red-pen-level1", 4, 0.8, 0.9),
        ("high-nuclei-score-level2", 2, 0.1, 0.2),
        ("medium-nuclei-score-level2", 2, 0.75, 0.9),
        ("high-nuclei-score-level0", 8, 0.99, 1.0),
        ("medium-nuclei-score-level0", 8, 0.95, 1.0),
        ("medium-nuclei-score-level1-2", 4, 0.99, 1.0),
        ("very-low-nuclei-score-level0", 8, 0.99, 1.0),
    ],
)
def test_real_pens_glass_and_tissue(real_data, name, reduce, low, high):
    path = real_data / "wsi_histolab" / "tests" / "fixtures" / "tiles" / f"{name}.png"
    assert low <= tissue_mask(overview(path, reduce), 8.0).mean() <= high


@pytest.mark.parametrize(
    ("path", "low", "high"),
    [
        ("rat-kidney_/scale-5pc/Rat-Kidney_HE.jpg", 0.6, 0.67),
        ("rat-kidney_/scale-5pc/Rat-Kidney_PanCytokeratin.jpg", 0.54, 0.62),
        ("lesions_/scale-5pc/Izd2-29-041-w35_proSPC.jpg", 0.5, 0.7),
    ],
)
def test_real_slides_with_brown_and_pale_tissue(real_data, path, low, high):
    picture = overview(real_data / "ihc_anhir_birl" / "data-images" / path, 1)
    found = tissue_mask(picture, 4.0)
    assert low <= found.mean() <= high
    assert np.array_equal(found, tissue_mask(picture, 4.0, pens=False))


@pytest.mark.parametrize("strip", [7, 1 << 22])
def test_every_pixel_is_counted_and_found_again(monkeypatch, strip):
    monkeypatch.setattr(tissue, "STRIP", strip)
    image = np.random.default_rng(0).integers(0, 8, (9, 5, 3), dtype=np.uint8) * 36
    colours = Palette(image)
    assert colours.counts.sum() == 45
    for place, light in enumerate(colours.light):
        chosen = colours.where(np.arange(len(colours.light)) == place)
        assert np.count_nonzero(chosen) == colours.counts[place]
        assert np.abs(image[chosen] / 255 - light).max() < 1 / 128


def test_full_white_and_black_were_not_scanned():
    colours = Palette(np.array([[[0, 0, 0], [255, 255, 255], [0, 0, 2], [252, 255, 255]]], np.uint8))
    assert colours.counts[colours.scanned].sum() == 2


@pytest.mark.parametrize("fluorescent", [False, True])
def test_the_colours_of_a_small_image_are_those_of_a_large_one(monkeypatch, fluorescent):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8) // (9 if fluorescent else 1)
    small, mask = Palette(picture), tissue_mask(picture, 1.0)
    monkeypatch.setattr(tissue, "SMALL", 0)
    large = Palette(picture)
    assert np.array_equal(small.counts, large.counts)
    assert np.array_equal(small.light, large.light)
    chosen = rng.uniform(size=len(small.counts)) < 0.5
    assert np.array_equal(small.where(chosen), large.where(chosen))
    assert np.array_equal(tissue_mask(picture, 1.0), mask)
