import numpy as np
import pytest
import torch
from monai.networks.nets import HoVerNet as Theirs

from pipeline.core.networks.hovernet import HoVerNet


@pytest.mark.parametrize("classes", [2, 5])
def test_at_width_64_it_has_as_many_parameters_as_the_published_fast_one(classes):
    ours, theirs = HoVerNet(channels=3, classes=classes, width=64), Theirs(mode="fast", out_classes=classes + 1)
    counts = [sum(parameter.numel() for parameter in network.parameters()) for network in (ours, theirs)]
    assert counts[0] == counts[1]


def test_maps_are_as_large_as_images():
    network = HoVerNet(channels=1, classes=3, width=8).eval()
    with torch.no_grad():
        found = network.maps(torch.rand(2, 1, 24, 16))
    assert found.shape == (2, 4 + 1 + 2, 24, 16)
    assert torch.allclose(found[:, :4].sum(1), torch.ones(2, 24, 16))
    assert 0 <= found[:, 4].min() <= found[:, 4].max() <= 1


def test_a_frozen_encoder_has_no_gradient_and_branches_have():
    network = HoVerNet(channels=3, classes=1, width=8)
    network.frozen = True
    sum(maps.sum() for maps in network(torch.rand(2, 3, 16, 16)).values()).backward()
    assert all(parameter.grad is None for parameter in network.encoder.parameters())
    assert all(parameter.grad is not None for parameter in network.branches.parameters())


def test_labels_are_nuclei_by_their_maps_of_the_class_of_most_pixels():
    maps = np.zeros((6, 20, 24), np.float32)  # background, two classes, nucleus, across, down
    maps[0] = 1
    for left, kind in ((3, 1), (12, 2)):
        here = np.s_[5:14, left : left + 9]
        maps[3][here] = 0.9
        maps[kind][here] = 0.4  # the background is likelier, which a nucleus is not asked
        maps[4][here], maps[5][here] = np.linspace(-1, 1, 9)[None], np.linspace(-1, 1, 9)[:, None]
    maps[2][5:8, 3:12] = 0.6  # a third of the first
    mask, instance = HoVerNet(channels=3, classes=2, width=8).labels(maps)
    assert (mask.dtype, instance.dtype) == (np.uint8, np.uint32)
    assert (mask[5:14, 3:12] == 1).all()
    assert (mask[5:14, 12:21] == 2).all()
    assert ((instance > 0) == (maps[3] > 0)).all()
    assert len(np.unique(instance)) == 3
    assert (instance[5:14, 3:12] == instance[9, 7]).all()
