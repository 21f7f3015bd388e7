import torch

from pipeline.core.translation.dihedral import dihedral


def test_all_eight_views_occur_equally_often():
    torch.manual_seed(0)
    image = torch.arange(4.0).reshape(1, 1, 2, 2).expand(8000, 1, 2, 2)
    (turned,) = dihedral(image)
    kinds, counts = torch.unique(turned.reshape(-1, 4), dim=0, return_counts=True)
    assert len(kinds) == 8
    assert (counts - 1000).abs().max() < 150  # 5 deviations


def test_registered_images_are_turned_alike():
    torch.manual_seed(0)
    image = torch.randn(64, 3, 5, 5)
    one, other = dihedral(image, image * 2)
    assert (other == one * 2).all()
    assert (one != image).any()
