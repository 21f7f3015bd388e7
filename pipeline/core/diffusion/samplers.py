"""Samplers by the names that a study has for them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from pipeline.core.diffusion.sampling import Predict, ancestral, implicit
from pipeline.core.diffusion.schedule import linear
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.networks.weights import import_network
from pipeline.core.translation.noise import TileNoise
from pipeline.core.translation.parts import parts

SAMPLERS = {"ancestral": ancestral, "ddim": implicit}

N = TypeVar("N", bound=nn.Module)
# of the rows of a part: what predicts their noise
Prepare = Callable[[Sequence[int]], Predict]


@torch.no_grad()
def sample(
    prepare: Prepare,
    seeds: Sequence[int],
    shape: tuple[int, ...],
    device: torch.device,
    *,
    trained: int,
    sampler: str = "ancestral",
    steps: int | None = None,
) -> torch.Tensor:
    """Samples a diffusion; a row is the same whatever rows are sampled with it.

    Args:
        prepare: Makes the prediction for a part of the rows, of which the last may come more than once.
        seeds: One per row.
        shape: Of a row.
        device: Of the network.
        trained: Steps of its diffusion, of a linear schedule.
        sampler: ``ancestral`` or ``ddim``.
        steps: Evenly spaced, of those; by default all.

    Returns:
        float32 (row, *shape), on the CPU.

    Raises:
        StudyError: There is no such sampler, or there are not so many steps.
    """
    if sampler not in SAMPLERS:
        known = ", ".join(SAMPLERS)
        raise StudyError(f"unknown sampler {sampler!r}", where="params.yaml: sampler", fix=f"choose one of: {known}")
    schedule = linear(trained).respaced(trained if steps is None else steps)
    made = [torch.empty(0, *shape)]
    for count, rows in parts(len(seeds), device):
        draws = TileNoise([seeds[row] for row in rows], device)
        made.append(SAMPLERS[sampler](prepare(rows), schedule, draws, shape)[:count].cpu())
    return torch.cat(made)


def check_rows(network: nn.Module, rows: int, seeds: Sequence[int]) -> None:
    """Whether there is one seed per row; raises ProductError."""
    if len(seeds) != rows:
        raise ProductError(
            f"got {len(seeds)} seeds for {rows} tiles",
            where=type(network).__name__,
            fix="a network that draws noise needs one seed per tile: see tile_seeds",
        )


def check_multiple(network: nn.Module, size: tuple[int, int], multiple: int) -> None:
    """Whether tiles can be halved as often as a network does; raises ProductError."""
    if any(side % multiple or not side for side in size):
        raise ProductError(
            f"tiles of {size[0]} x {size[1]} px",
            where=type(network).__name__,
            fix=f"sides that are multiples of {multiple}",
        )


def load_generator(folder: Path, kind: type[N]) -> N:
    """The exported ``generator`` of a folder, on the accelerator where there is one.

    Raises:
        ProductError: There is none, or it is no ``kind``.
    """
    network = import_network(folder, "generator")
    if not isinstance(network, kind):
        raise ProductError(
            f"expected a {kind.__name__}, found a {type(network).__name__}",
            where=str(folder),
            fix="name a translator of the method that makes these: see docs/methods.md",
        )
    return network
