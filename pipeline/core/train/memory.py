"""Memory that a step of training frees, kept for the next step."""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # parameters of mallopt(3)
NEVER, LARGEST, LARGEST_BEFORE_2_35 = -1, 2**30, 2**25  # bytes; older ones take no larger threshold


def keep_memory() -> None:
    """Lets the C library keep what is freed until the process ends; does nothing where that is not glibc.

    By itself glibc gives large blocks back at once, and the system hands the next step's tensors out page by page:
    several thousand faults, a fifteenth of the time of a step of a small network on a CPU.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        if mallopt(MMAP_THRESHOLD, LARGEST) or mallopt(MMAP_THRESHOLD, LARGEST_BEFORE_2_35):
            mallopt(TRIM_THRESHOLD, NEVER)
