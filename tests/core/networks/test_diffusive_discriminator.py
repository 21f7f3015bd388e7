import pytest
import torch

from pipeline.core.networks.diffusive_discriminator import DiffusiveDiscriminator, diversity


def test_one_logit_of_every_image() -> None:
    before, state = torch.randn(3, 4, 16, 16), torch.randn(3, 4, 16, 16)
    assert DiffusiveDiscriminator(4, 8, 3)(before, state, torch.tensor([1, 2, 4])).shape == (3,)


def test_both_states_and_the_number_matter() -> None:
    network = DiffusiveDiscriminator(1, 8, 2)
    before, state = torch.randn(1, 1, 8, 8), torch.randn(1, 1, 8, 8)
    answers = [
        network(a, b, torch.tensor([t])).item()
        for a, b, t in ((before, state, 1), (state, before, 1), (before, before, 1), (before, state, 2))
    ]
    assert len({round(answer, 5) for answer in answers}) == 4


def test_of_the_paper_it_has_six_halvings_of_128_to_512_maps() -> None:
    with torch.device("meta"):
        blocks = DiffusiveDiscriminator(3, 128, 6).blocks
    assert [block.out.out_channels for block in blocks] == [256, 512, 512, 512, 512, 512]


def test_equal_images_have_no_diversity_and_others_their_deviation() -> None:
    assert diversity(torch.ones(4, 2, 3, 3)).max().item() == pytest.approx(1e-4)
    maps = torch.tensor([-1.0, 1.0, 5.0, 5.0]).view(4, 1, 1, 1).expand(4, 2, 3, 3)
    assert torch.allclose(diversity(maps[:2]), torch.ones(2, 1, 3, 3))
    expected = torch.tensor([-1.0, 1.0, 5.0, 5.0]).std(correction=0)
    assert torch.allclose(diversity(maps), expected.expand(4, 1, 3, 3))


@pytest.mark.parametrize(("batch", "size"), [(1, 1), (5, 1), (6, 3), (8, 4), (7, 1)])
def test_a_group_is_what_divides_the_batch_evenly(batch: int, size: int) -> None:
    maps = torch.randn(batch, 2, 3, 3)
    found = diversity(maps)[:, 0, 0, 0]
    groups = maps.unflatten(0, (size, -1))
    expected = (groups.var(0, correction=0) + 1e-8).sqrt().mean((1, 2, 3)).repeat(size)
    torch.testing.assert_close(found, expected)
