import torch

from pipeline.pretrain.draws import chance, uniform

CPU = torch.device("cpu")


def test_uniform_fills_its_range():
    torch.manual_seed(0)
    drawn = uniform(4000, 2.0, 5.0, CPU)
    assert drawn.shape == (4000,)
    assert 2 <= float(drawn.min()) < 2.01
    assert 4.99 < float(drawn.max()) < 5


def test_a_chance_of_none_and_of_all():
    assert not chance(100, 0.0, CPU).any()
    assert chance(100, 1.0, CPU).all()
