import torch

from pipeline.core.seeds import derive
from pipeline.core.translation.noise import TileNoise, tile_seeds


def test_a_seed_depends_on_purpose_slide_and_row():
    assert tile_seeds(3, "synthesize", "t", "a", rows=[5, 0]) == [
        derive(3, "synthesize", "t", "a", 5),
        derive(3, "synthesize", "t", "a", 0),
    ]


def test_row_i_is_what_the_generator_of_tile_i_draws():
    noise = TileNoise([8, 9])
    generator = torch.Generator().manual_seed(9)
    first, second = noise.normal(2, 3), noise.uniform(4)
    assert (first.shape, second.shape) == ((2, 2, 3), (2, 4))
    assert torch.equal(first[1], torch.randn((2, 3), generator=generator))
    assert torch.equal(second[1], torch.rand(4, generator=generator))


def test_numbers_go_where_they_are_wanted():
    assert TileNoise([1], torch.device("meta")).normal(2).device.type == "meta"
    assert len(TileNoise([1, 2])) == 2
