import numpy as np
import pytest

from pipeline.core.stain.haematoxylin import haematoxylin
from pipeline.synthesize.nuclei import nuclear, nuclei_agreement
from tests.synthesize.conftest import tissue

TO_MASK = {"source": "light", "target": "mask"}


@pytest.mark.parametrize("kind", ["mask", "fluorescence", "electron"])
@pytest.mark.parametrize("ground", [0, 200])
def test_a_view_that_is_not_light_shows_nuclei_bright_whatever_its_ground(kind, ground):
    view = np.full((1, 9, 9, 3), ground, np.uint8)
    view[0, 4, 4] = 255
    assert np.unravel_index(nuclear(view, kind).argmax(), (1, 9, 9)) == (0, 4, 4)


def test_a_dark_view_of_light_shows_nuclei_by_their_haematoxylin():
    dark = tissue(0) // 2
    assert np.median(dark) < 128
    assert (nuclear(dark, "light") == haematoxylin(dark)).all()


def test_nuclei_agree_with_their_mask_and_not_with_that_of_other_tiles():
    images = tissue(0)
    mask = np.repeat((images[..., 1:2] < 110) * np.uint8(255), 3, axis=-1)
    assert nuclei_agreement(images, mask, TO_MASK) > 0.9
    assert abs(nuclei_agreement(images, mask[::-1], TO_MASK)) < 0.3
    assert nuclei_agreement(images, np.zeros_like(mask), TO_MASK) == 0


def test_light_agrees_with_itself():
    images = tissue(0)
    assert nuclei_agreement(images, images, {"source": "light", "target": "light"}) == pytest.approx(1)


@pytest.mark.parametrize("kind", ["mask", "fluorescence", "electron"])
def test_a_source_without_haematoxylin_has_no_figure(kind):
    assert nuclei_agreement(tissue(0), tissue(0), {"source": kind, "target": "light"}) is None
