"""What channels amount to."""

import numpy as np
import pytest

from pipeline.evaluate.markers import amounts, composition, marker_names, means_of_instances, means_of_tiles

DAB = np.array([0.27, 0.57, 0.78])  # Ruifrok and Johnston 2001


def test_brown_is_dab_and_not_haematoxylin():
    brown = np.rint(255 * np.exp(-np.outer([0.0, 0.5, 1.0], DAB / np.linalg.norm(DAB)))).astype(np.uint8)
    found = amounts(brown[:, None, None], "light")[:, 0, 0]
    assert found[:, 0] / found[2, 0] == pytest.approx([0, 0.5, 1], abs=0.01)
    assert np.abs(found[:, 1]).max() < 0.03 * found[2, 0]


def test_channels_of_fluorescence_are_what_they_are():
    images = np.arange(2 * 4 * 4 * 5, dtype=np.uint16).reshape(2, 4, 4, 5)
    assert (amounts(images, "fluorescence") == images).all()
    assert composition(images, "fluorescence").shape == (2, 4, 4, 0)


@pytest.mark.parametrize(
    ("kind", "channels", "names"),
    [
        ("light", 3, ["DAB"]),
        ("fluorescence", 3, ["red", "green", "blue"]),
        ("fluorescence", 2, ["channel_1", "channel_2"]),
    ],
)
def test_markers_have_names(kind, channels, names):
    assert marker_names(kind, channels) == names


def test_means_are_those_of_each_nucleus_and_of_no_background():
    instance = np.array([[[0, 3, 3], [9, 9, 0]], [[0, 0, 0], [0, 0, 9]]])
    pixels = np.arange(12.0).reshape(2, 2, 3, 1)
    assert means_of_instances(pixels, instance).tolist() == [[1.5], [3.5], [11]]  # ids are a tile's own
    assert means_of_tiles(pixels).tolist() == [[2.5], [8.5]]


def test_tiles_without_nuclei_have_no_means():
    assert means_of_instances(np.ones((2, 3, 3, 4)), np.zeros((2, 3, 3), int)).shape == (0, 4)
