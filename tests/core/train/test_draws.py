import torch

from pipeline.core.train import draws
from pipeline.core.train.draws import chance, noise, uniform
from pipeline.core.train.share import Share

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


def test_each_share_draws_the_noise_of_its_own_images_and_of_no_others(monkeypatch):
    drawn, numbers = [], draws.numbers

    def counted(*shape, device):
        drawn.append(shape)
        return numbers(*shape, device=device)

    monkeypatch.setattr(draws, "numbers", counted)
    chosen = torch.tensor([True, False, True, True, False, True])
    torch.manual_seed(0)
    rows, whole = noise(torch.zeros(6, 3, 4, 4), chosen)
    assert rows.tolist() == [0, 2, 3, 5]
    assert whole.unique().numel() == 4 * 48
    assert 0 <= float(whole.min()) < 0.05 < 0.95 < float(whole.max()) < 1
    for first, ours in ((0, [0, 1]), (1, [2, 3])):  # rows 0 2 4 and 1 3 5
        with Share(first, 2, torch.Generator().manual_seed(0)).seen():
            _, part = noise(torch.zeros(3, 3, 4, 4), chosen[first::2])
        assert torch.equal(part, whole[ours])
    assert drawn == [(6,)] * 3  # a seed for each image of the batch
