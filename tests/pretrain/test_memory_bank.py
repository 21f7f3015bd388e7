import pytest
import torch

from pipeline.pretrain.memory_bank import MemoryBank


@pytest.fixture
def bank():
    torch.manual_seed(0)
    return MemoryBank(6, 2, momentum=0.5)


def test_it_begins_with_random_unit_vectors(bank):
    assert bank.vectors.norm(dim=1).tolist() == pytest.approx([1.0] * 6)
    assert len(bank.vectors.unique(dim=0)) == 6


def test_an_entry_is_a_moving_average_of_unit_length(bank):
    bank.vectors[2] = torch.tensor([1.0, 0.0])
    before = bank.vectors.clone()
    bank.update(torch.tensor([2]), torch.tensor([[0.0, 1.0]]))
    assert bank.vectors[2].tolist() == pytest.approx([0.5**0.5, 0.5**0.5])
    others = [0, 1, 3, 4, 5]
    assert torch.equal(bank.vectors[others], before[others])


def test_what_is_drawn_is_spread_over_all_tiles_and_differs_from_draw_to_draw(bank):
    draws = [bank.draw(3)[0].tolist() for _ in range(3)]
    assert draws == [[0, 2, 4], [1, 3, 5], [2, 4, 0]]


def test_more_are_not_drawn_than_there_are(bank):
    tiles, vectors = bank.draw(4096)
    assert tiles.tolist() == [0, 1, 2, 3, 4, 5]
    assert torch.equal(vectors, bank.vectors)


def test_what_was_drawn_stays_as_it_was_when_the_bank_moves_on(bank):
    _, vectors = bank.draw(6)
    kept = vectors.clone()
    bank.update(torch.arange(6), torch.randn(6, 2))
    assert torch.equal(vectors, kept)


def test_a_resumed_bank_goes_on_where_it_was(bank):
    bank.draw(3)
    bank.update(torch.tensor([1]), torch.ones(1, 2))
    resumed = MemoryBank(6, 2, momentum=0.5)
    resumed.load_state_dict(bank.state_dict())
    assert torch.equal(resumed.vectors, bank.vectors)
    assert resumed.draw(3)[0].tolist() == bank.draw(3)[0].tolist() == [1, 3, 5]


def test_nothing_of_it_is_learned(bank):
    vectors = torch.randn(1, 2, requires_grad=True)
    bank.update(torch.tensor([0]), vectors)
    assert not list(bank.parameters())
    assert not bank.draw(6)[1].requires_grad
