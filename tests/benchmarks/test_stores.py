import importlib
import json

import numpy as np
import pytest
import zarr

from tests.benchmarks import stores


@pytest.mark.parametrize(("rival", "module"), [(stores.TensorStore(), "tensorstore"), (stores.Zarrs(), "zarrs")])
def test_a_rival_writes_and_reads_the_same_array(tmp_path, rival, module):
    pytest.importorskip(module)
    tiles = np.random.default_rng(0).integers(0, 256, (130, 64, 64, 3), dtype=np.uint8)
    stores._ours(tmp_path, tiles)
    rival.write(tmp_path / "theirs.zarr", tiles, tmp_path / "ours.zarr/image")
    assert np.array_equal(zarr.open_array(tmp_path / "theirs.zarr", mode="r")[:], tiles)
    codecs = [
        json.loads((tmp_path / name / "zarr.json").read_text())["codecs"] for name in ("ours.zarr/image", "theirs.zarr")
    ]
    ours, theirs = (found[0]["configuration"]["codecs"][-1]["configuration"] for found in codecs)
    for name in ("cname", "clevel", "shuffle"):  # without a shuffle, the fourth says nothing
        assert theirs[name] == ours[name] == stores.BLOSC[name]
    rows = np.array([129, 3, 3, 64])
    assert np.array_equal(rival.opened(tmp_path / "ours.zarr/image")(rows), tiles[rows])


def test_a_rival_that_is_not_installed_is_left_out_with_a_reason(monkeypatch, capsys):
    def missing(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    assert list(stores._rivals()) == []
    said = capsys.readouterr().err
    assert "no race against TensorStore: No module named 'tensorstore'" in said
    assert "no race against zarrs: No module named 'zarrs'; install it with pip install -e '.[bench]'" in said
