import numpy as np

from pipeline.synthesize.nuclei import haematoxylin, nuclear, nuclei_agreement
from tests.synthesize.conftest import tissue


def test_nuclei_are_where_the_haematoxylin_is():
    images = tissue(0)
    inside = images[..., 1] < 110
    amount = haematoxylin(images)
    assert amount[inside].mean() > 2 * amount[~inside].mean()


def test_a_view_on_a_dark_ground_shows_nuclei_bright():
    mask = np.zeros((1, 9, 9, 3), np.uint8)
    mask[0, 4, 4] = 255
    assert np.unravel_index(nuclear(mask).argmax(), (1, 9, 9)) == (0, 4, 4)


def test_nuclei_agree_with_their_mask_and_not_with_that_of_other_tiles():
    images = tissue(0)
    mask = np.repeat((images[..., 1:2] < 110) * np.uint8(255), 3, axis=-1)
    assert nuclei_agreement(images, mask) > 0.9
    assert abs(nuclei_agreement(images, mask[::-1])) < 0.3
    assert nuclei_agreement(images, np.zeros_like(mask)) == 0
