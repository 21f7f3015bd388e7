import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.networks.hovernet import HoVerNet
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.networks.unet import UNet
from pipeline.core.networks.weights import describe, export_weights
from pipeline.core.segmentation.segmenter import SEGMENTER, Segmenter
from tests.segment.discs import discs

IMAGES = discs(5)["image"]


@pytest.fixture(params=["unet", "hovernet"])
def segmenter(request):
    torch.manual_seed(0)
    made = {
        "unet": lambda: UNet(channels=3, classes=2, width=4, downs=3),
        "hovernet": lambda: HoVerNet(channels=3, classes=2, width=8),
    }
    return Segmenter(made[request.param]())


def test_a_tile_is_the_same_in_every_batch(segmenter):
    whole, alone, other = segmenter.maps(IMAGES), segmenter.maps(IMAGES[3:4]), segmenter.maps(IMAGES[[4, 3]])
    assert whole.dtype == np.float32
    assert (whole[3] == alone[0]).all()
    assert (whole[3] == other[1]).all()


def test_labels_are_of_the_tile(segmenter):
    mask, instance = segmenter(IMAGES)
    assert (mask.dtype, instance.dtype) == (np.uint8, np.uint16)
    assert mask.shape == instance.shape == (5, 32, 32)
    assert ((mask > 0) == (instance > 0)).all()
    assert mask.max() <= 2


@pytest.mark.parametrize("sides", [(29, 32), (7, 50), (1, 3)])
def test_sides_that_do_not_fit_are_mirrored_and_cut(segmenter, sides):
    image = np.random.default_rng(0).integers(0, 256, (1, *sides, 3), dtype=np.uint8)
    multiple = segmenter.network.multiple
    assert segmenter.maps(image).shape[2:] == sides
    if sides == (29, 32):
        wide = np.pad(image, ((0, 0), (1, 2), (0, 0), (0, 0)), mode="reflect")
        assert wide.shape[1] % multiple == 0
        assert (segmenter.maps(image) == segmenter.maps(wide)[:, :, 1:30]).all()


def test_16_bits_are_read_as_8_are(segmenter):
    assert segmenter.maps(IMAGES[:1].astype(np.uint16) * 257) == pytest.approx(segmenter.maps(IMAGES[:1]), abs=1e-5)


def test_no_tile_has_no_maps(segmenter):
    mask, instance = segmenter(IMAGES[:0])
    assert segmenter.maps(IMAGES[:0]).shape[0] == len(mask) == len(instance) == 0


@pytest.mark.parametrize("images", [IMAGES[..., :2], IMAGES.astype(np.float32), IMAGES[0]])
def test_other_images_are_told(segmenter, images):
    with pytest.raises(ProductError, match=r"expected tiles of 8 or 16 bits, \(y, x, 3\)"):
        segmenter.maps(images)


def test_an_exported_network_is_the_same_again(segmenter, tmp_path):
    network = UNet(channels=3, classes=2, width=4, downs=3)
    export_weights(tmp_path, SEGMENTER, network, describe(UNet, channels=3, classes=2, width=4, downs=3))
    assert (Segmenter.load(tmp_path).maps(IMAGES) == Segmenter(network).maps(IMAGES)).all()


def test_a_folder_of_something_else_is_told(tmp_path):
    encoder = ResNetEncoder(depth=18, width=4, mean=(0.5,), std=(0.5,))
    export_weights(tmp_path, SEGMENTER, encoder, encoder.config)
    with pytest.raises(ProductError, match="expected a segmenter, found ResNetEncoder"):
        Segmenter.load(tmp_path)
