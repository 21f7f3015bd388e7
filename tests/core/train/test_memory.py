import platform
import resource

import pytest
import torch

from pipeline.core.train.memory import keep_memory

STEPS, PAGES = 20, 4096  # of 4 kB: a block of 16 MB


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_a_step_finds_the_memory_of_the_one_before():
    keep_memory()
    faults = [_faults_of_a_step() for _ in range(STEPS)]
    assert sum(faults[STEPS // 2 :]) < PAGES  # without, there are so many in most steps


def _faults_of_a_step():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(2, PAGES * 512).add(1)  # two blocks at once
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
