import os

import pytest
import torch

from pipeline.core.train.determinism import WORKSPACE, deterministic


@pytest.fixture(autouse=True)
def undone(monkeypatch):
    monkeypatch.delenv(WORKSPACE, raising=False)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    yield
    torch.use_deterministic_algorithms(False)
    os.environ.pop(WORKSPACE, None)


def test_a_gpu_is_kept_to_one_order_of_sums():
    deterministic(torch.device("cuda"))
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    assert not torch.backends.cudnn.benchmark
    assert os.environ[WORKSPACE] == ":4096:8"


def test_what_the_user_chose_stays(monkeypatch):
    monkeypatch.setenv(WORKSPACE, ":16:8")
    deterministic(torch.device("cuda"))
    assert os.environ[WORKSPACE] == ":16:8"


def test_a_processor_is_left_alone():
    deterministic(torch.device("cpu"))
    assert not torch.are_deterministic_algorithms_enabled()
    assert WORKSPACE not in os.environ
