"""The same bits from the same seed, on a GPU as on a processor."""

import os

import torch

WORKSPACE, FILL = "CUBLAS_WORKSPACE_CONFIG", "fill_uninitialized_memory"


def deterministic(device: torch.device) -> None:
    """Keeps a GPU to algorithms that add in one order; what has no such algorithm says so in a warning.

    Call it before anything is multiplied there: cuBLAS reads its setting once. A processor needs none of it.
    """
    if device.type == "cuda":
        os.environ.setdefault(WORKSPACE, ":4096:8")
        torch.backends.cudnn.benchmark = False  # which takes the algorithm that happens to be the fastest
        torch.use_deterministic_algorithms(True, warn_only=True)
        setattr(torch.utils.deterministic, FILL, False)  # of what is not read, and would be filled at every step
