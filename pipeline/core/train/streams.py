"""Each rank's own stream of random numbers."""

import torch

from pipeline.core.errors import ProductError
from pipeline.core.seeds import derive
from pipeline.core.train.distribution import of_all

Stream = dict[str, torch.Tensor]


def start_stream(seed: int, rank: int) -> None:
    """Leaves rank 0 where building the learner left it, and seeds every other rank anew."""
    if rank:
        torch.manual_seed(derive(seed, "fit", rank))


def all_streams(device: torch.device) -> list[Stream]:
    """Where every rank's generators are: of the CPU and, where the rank has one, of its GPU."""
    own = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        own["cuda"] = torch.cuda.get_rng_state(device)
    return of_all(own)


def resume_stream(streams: list[Stream], rank: int, ranks: int, device: torch.device) -> None:
    """Goes on where :func:`all_streams` was; raises ProductError where there were more or fewer ranks."""
    if len(streams) != ranks:
        raise ProductError(
            f"a training of {len(streams)} ranks cannot go on with {ranks}",
            where="scratch",
            fix=f"run it with {len(streams)} ranks, or delete the checkpoint to begin anew",
        )
    torch.set_rng_state(streams[rank]["cpu"])
    if device.type == "cuda" and "cuda" in streams[rank]:
        torch.cuda.set_rng_state(streams[rank]["cuda"], device)
