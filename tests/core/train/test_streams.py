import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.seeds import derive
from pipeline.core.train.streams import all_streams, resume_stream, start_stream

CPU = torch.device("cpu")


def test_the_first_rank_goes_on_where_it_was():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    start_stream(0, 0)
    assert torch.equal(torch.rand(2), expected)


def test_other_ranks_have_streams_of_their_own():
    drawn = []
    for rank in (1, 2):
        start_stream(0, rank)
        drawn.append(torch.rand(2))
    torch.manual_seed(derive(0, "fit", 1))
    assert torch.equal(torch.rand(2), drawn[0])
    assert not torch.equal(*drawn)


def test_a_stream_goes_on():
    torch.manual_seed(1)
    streams = all_streams(CPU)
    expected = torch.rand(3)
    resume_stream(streams, 0, 1, CPU)
    assert torch.equal(torch.rand(3), expected)


def test_each_rank_takes_its_own():
    states = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        states += all_streams(CPU)
    resume_stream(states, 1, 2, CPU)
    found = torch.rand(2)
    torch.manual_seed(2)
    assert torch.equal(found, torch.rand(2))


def test_another_number_of_ranks_cannot_go_on():
    with pytest.raises(ProductError, match="a training of 1 ranks cannot go on with 2") as error:
        resume_stream(all_streams(CPU), 0, 2, CPU)
    assert "run it with 1 ranks" in error.value.fix
