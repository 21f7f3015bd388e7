"""Training checkpoints, in ``scratch/``. Nothing here executes on load."""

from pathlib import Path
from typing import Any

import torch

from pipeline.core.files import aside

State = dict[str, Any]


def save_checkpoint(path: Path, state: State) -> None:
    """Writes weights, optimisers, random streams and position aside and renames them."""
    with aside(path) as partial:
        torch.save(state, partial)


def load_checkpoint(path: Path) -> State | None:
    """The state that :func:`save_checkpoint` wrote, on the CPU; None where there is none."""
    if not path.exists():
        return None
    state: State = torch.load(path, map_location="cpu", weights_only=True)
    return state
