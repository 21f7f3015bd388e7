import pytest

from tests.benchmarks import translation


@pytest.mark.parametrize("method", translation.NETWORKS)
def test_both_are_trained_and_used(tmp_path, method, monkeypatch):
    monkeypatch.setattr(translation, "STEPS", 3)
    monkeypatch.setattr(translation, "TILES", 2)
    assert translation.trained(tmp_path, method) > 0
    assert translation.translated(method) > 0
