import pytest

from pipeline.core import devices as module
from pipeline.core.devices import devices, gpus


def test_devices_are_counted(tmp_path):
    for name in ("nvidia0", "nvidia1", "nvidiactl", "null"):
        (tmp_path / name).touch()
    assert gpus(tmp_path) == 2


@pytest.mark.parametrize(
    ("cards", "visible", "found"),
    [
        (4, None, ("GPUs", 4)),
        (4, "0,2", ("GPUs", 2)),
        (1, "0,1", ("GPUs", 1)),
        (4, "", ("processors", 3)),
        (0, None, ("processors", 3)),
    ],
)
def test_a_training_runs_on_gpus_that_it_may_use_or_on_processors(monkeypatch, cards, visible, found):
    monkeypatch.setattr(module, "gpus", lambda: cards)
    monkeypatch.setattr(module, "cores", lambda: 3)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert devices() == found
