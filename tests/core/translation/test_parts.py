import pytest
import torch

from pipeline.core.translation.parts import parts


@pytest.mark.parametrize("tiles", [1, 15, 16, 17, 40])
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_parts_are_of_one_length_and_hold_every_tile_once(tiles, device):
    found = list(parts(tiles, torch.device(device)))
    assert len({len(rows) for _, rows in found}) == 1
    assert [row for count, rows in found for row in rows[:count]] == list(range(tiles))


def test_the_last_tile_fills_the_last_part():
    *_, (count, rows) = parts(17, torch.device("cuda"))
    assert (count, rows) == (1, [16] * 16)


def test_no_tiles_have_no_parts():
    assert not list(parts(0, torch.device("cpu")))
