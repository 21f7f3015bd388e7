"""The accelerators of this machine, found without loading a network library."""

from pathlib import Path


def gpus(folder: Path = Path("/dev")) -> int:
    """How many NVIDIA devices the driver offers here."""
    return sum(1 for _ in folder.glob("nvidia[0-9]*"))
