import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.seeds import derive
from pipeline.core.train.share import numbers, own, permutation, whole
from pipeline.core.train.streams import Streams

CPU = torch.device("cpu")


def streams(rank=0, ranks=1, parts=1, seed=0):
    return Streams(seed, rank, ranks, parts, CPU)


def drawn(rank=0, ranks=1, parts=1, rows=12):
    """What one rank draws for its rows, part by part, after the learner was built."""
    torch.manual_seed(7)
    found = []
    for share in streams(rank, ranks, parts).shares():
        with share.seen():
            found.append((own(numbers(whole(rows // ranks // parts), 2, device=CPU)), permutation(5, CPU)))
    return found


def test_alone_there_is_one_stream_and_it_goes_on_where_it_was():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    (share,) = streams().shares()
    with share.seen():
        assert torch.equal(numbers(2, device=CPU), expected)


def test_ranks_have_streams_of_their_own():
    drawn = []
    for rank in (0, 1, 2):
        streams(rank, 3)
        drawn.append(torch.rand(2))
    torch.manual_seed(derive(0, "fit", 1))
    assert torch.equal(torch.rand(2), drawn[1])
    assert len({tuple(found.tolist()) for found in drawn}) == 3


@pytest.mark.parametrize(("ranks", "parts"), [(2, 1), (1, 3), (2, 3)])
def test_however_a_batch_is_shared_its_rows_draw_the_same(ranks, parts):
    ((everything, order),) = drawn()
    for rank in range(ranks):
        for part, (rows, same) in enumerate(drawn(rank, ranks, parts)):
            assert torch.equal(rows, everything[rank + ranks * part :: ranks * parts])
            assert torch.equal(same, order)


def test_the_next_batch_draws_anew():
    torch.manual_seed(7)
    made = streams(0, 2)
    found = []
    for _ in range(2):
        (share,) = made.shares()
        with share.seen():
            found.append(numbers(4, device=CPU))
    torch.manual_seed(7)
    assert torch.equal(torch.cat(found), torch.rand(8))


def test_a_stream_goes_on():
    torch.manual_seed(1)
    made = streams()
    state = made.state()
    expected = torch.rand(3)
    made.resume(state)
    assert torch.equal(torch.rand(3), expected)


def test_the_stream_of_the_whole_batch_goes_on():
    torch.manual_seed(1)
    made = streams(parts=2)
    state, found = made.state(), []
    for again in (False, True):
        if again:
            made.resume(state)
        for share in made.shares():
            with share.seen():
                found.append((numbers(3, device=CPU), torch.rand(2)))
    assert all(torch.equal(a, b) for k in range(2) for a, b in zip(found[k], found[k + 2], strict=True))


def test_each_rank_takes_its_own():
    states = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        states += streams().state()
    streams(1, 2).resume(states)
    found = torch.rand(2)
    torch.manual_seed(2)
    assert torch.equal(found, torch.rand(2))


def test_another_number_of_ranks_cannot_go_on():
    with pytest.raises(ProductError, match="a training of 1 ranks cannot go on with 2") as error:
        streams(0, 2).resume(streams().state())
    assert "run it with 1 ranks" in error.value.fix
