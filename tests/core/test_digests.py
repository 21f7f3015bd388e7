from pathlib import Path

import numpy as np
import pytest

from pipeline.core.digests import digest_array
from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.engine.closure import digest_code
from pipeline.engine.run import produce


def test_digest_sees_values_shape_and_type():
    array = np.arange(6, dtype=np.uint8)
    digests = {digest_array(a) for a in (array, array[::-1], array.reshape(2, 3), array.astype(np.int8))}
    assert len(digests) == 4
    assert digest_array(array.reshape(2, 3).T.copy()) == digest_array(array.reshape(2, 3).T)


def test_sidecars_are_the_same_twice_and_hold_no_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.txt").write_text("x")
    seen = []
    for _ in range(2):
        produce("tile", Path("out/a.json"), {"mpp": 1.0}, [Path("in.txt")], lambda: {"status": "complete"})
        seen.append((tmp_path / "out/a.json").read_bytes() + (tmp_path / "out/a.recipe.json").read_bytes())
    assert seen[0] == seen[1]
    assert str(tmp_path).encode() not in seen[0]


def test_a_failed_job_leaves_no_manifest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    produce("tile", Path("a.json"), {}, [], lambda: {"status": "complete"})
    with pytest.raises(ZeroDivisionError):
        produce("tile", Path("a.json"), {}, [], lambda: {"status": 1 / 0})
    assert not (tmp_path / "a.json").exists()


def test_a_missing_input_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProductError, match="missing"):
        produce("tile", Path("a.json"), {}, [Path("gone.json")], dict)


def test_code_digest_is_per_phase():
    assert digest_code("tile") != digest_code("report")


def test_broken_json_is_told(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ProductError, match="not JSON"):
        read_json(tmp_path / "a.json")
