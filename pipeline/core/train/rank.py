"""Which process of a training this is, for those that do not train: nothing here imports torch."""

import os
import sys
from types import ModuleType


def started() -> bool:
    """Whether ``torchrun`` started this process, whose ``RANK`` and ``WORLD_SIZE`` are then its own."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def is_first() -> bool:
    """Whether this process is the one that writes; known before the ranks have met and after."""
    distributed = _running()
    if distributed:
        return bool(distributed.get_rank() == 0)
    return not started() or os.environ["RANK"] == "0"


def meet() -> None:
    """Waits until all ranks are here; alone, nothing happens."""
    distributed = _running()
    if distributed and distributed.get_world_size() > 1:
        distributed.barrier()


def _running() -> ModuleType | None:
    """``torch.distributed``, where somebody imported it and started its ranks."""
    distributed = sys.modules.get("torch.distributed")
    return distributed if distributed and distributed.is_available() and distributed.is_initialized() else None
