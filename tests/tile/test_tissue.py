import numpy as np
import pytest

from pipeline.tile.tissue import tissue_mask


def glass(shade, seed=0):
    noise = np.random.default_rng(seed).normal(0, 2, (128, 128, 3))
    return np.clip(np.array(shade) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shade", [(255, 255, 255), (247, 247, 246), (236, 237, 243), (246, 241, 236)])
def test_an_empty_slide_has_no_tissue(shade):
    assert tissue_mask(glass(shade)).sum() == 0


def test_a_slide_full_of_tissue_has_no_background():
    rng = np.random.default_rng(0)
    full = np.where(rng.uniform(size=(128, 128, 1)) < 0.3, (120, 80, 150), (215, 160, 205)).astype(np.uint8)
    assert tissue_mask(full).all()


def test_a_disc_is_found_to_a_percent():
    picture = glass((240, 240, 244))
    y, x = np.mgrid[:128, :128]
    disc = (x - 60) ** 2 + (y - 70) ** 2 < 40**2
    picture[disc] = (205, 150, 200)
    found = tissue_mask(picture)
    assert np.count_nonzero(found & disc) / disc.sum() > 0.99
    assert np.count_nonzero(found & ~disc) / disc.sum() < 0.05


def test_grey_dirt_is_no_tissue():
    picture = glass((245, 245, 245))
    picture[40:60, 40:60] = 90
    assert tissue_mask(picture).sum() == 0


def test_the_mask_follows_the_phantoms_tissue(phantoms):
    from pipeline.tile.phantom.layout import make_layout
    from pipeline.tile.region import Region

    found = tissue_mask(Region(phantoms / "A1-HE.tif").overview(16))
    truth = make_layout(seed=0, patient="A1", section="A1-HE", side=1024).edge[8::16, 8::16] > 0
    dice = 2 * np.count_nonzero(found & truth) / (found.sum() + truth.sum())
    assert dice > 0.95
