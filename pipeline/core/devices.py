"""The accelerators and processors of this machine, found without loading a network library."""

import os
from pathlib import Path


def gpus(folder: Path = Path("/dev")) -> int:
    """How many NVIDIA devices the driver offers here."""
    return sum(1 for _ in folder.glob("nvidia[0-9]*"))


def devices() -> tuple[str, int]:
    """What a training can have a rank on each of: the GPUs that this process may use, where there are none, processors.

    Returns:
        What they are called, and how many.
    """
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    allowed = gpus() if listed is None else min(gpus(), len([name for name in listed.split(",") if name.strip()]))
    return ("GPUs", allowed) if allowed else ("processors", cores())


def cores() -> int:
    """Processors that this process may use: those that a scheduler gave it, not those of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
