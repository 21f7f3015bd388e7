"""The layouts, read as the tools' own readers read them."""

import json
import os
import subprocess
import sys
from tempfile import TemporaryDirectory

import h5py
import numpy as np
import pytest

from pipeline.commands.embed.files import anndata_file, bag_file
from pipeline.commands.embed.preparation import read_preparation
from pipeline.commands.embed.slide import RawSlide
from pipeline.core.slides.slide import Slide
from tests.commands.conftest import ENCODER

FACTS = {"encoder": "digest", "mpp": 1.0, "size": 64}
READ = """
import json, sys
import anndata
table = anndata.read_h5ad(sys.argv[1])
anndata.concat([table, table], index_unique="-").write_h5ad(sys.argv[1] + ".again")
print(json.dumps({
    "shape": table.shape, "obs": list(table.obs.columns), "slide": str(table.obs["slide"].dtype),
    "first": table.obs_names[0], "names": list(table.var_names[:2]), "sum": float(table.X.sum()),
    "spatial": table.obsm["spatial"][0].tolist(), "uns": table.uns, "x": int(table.obs["x"].iloc[0]),
}))
"""


@pytest.fixture
def raw(finished):
    slide = Slide(slide_id="c-HE", path="data/phantom/c-HE.tif")
    return RawSlide.open(slide, read_preparation(ENCODER), threads=1)


@pytest.fixture
def written(raw, tmp_path):
    """A file of each kind that holds the same features, and these."""
    features = np.arange(len(raw) * 3, dtype=np.float32).reshape(-1, 3)
    with bag_file(tmp_path / "x.h5", raw, 3) as bag, anndata_file(tmp_path / "x.h5ad", raw, 3, FACTS) as table:
        for start in range(0, len(raw), 4):
            bag[start : start + 4] = table[start : start + 4] = features[start : start + 4]
    return tmp_path, features


def test_clam_reads_features_and_coordinates(raw, written):
    folder, features = written
    with h5py.File(folder / "x.h5", "r") as file:  # Generic_MIL_Dataset.__getitem__ with use_h5
        assert np.array_equal(file["features"][:], features)
        assert np.array_equal(file["coords"][:], raw.image.grid.xy)
        assert file["features"].dtype == np.float32


def test_trident_reads_the_frame_of_the_coordinates_as_well(raw, written):
    with h5py.File(written[0] / "x.h5", "r") as file:  # WSI.extract_slide_features, and visualize_heatmap
        attributes = {name: np.asarray(value).tolist() for name, value in file["coords"].attrs.items()}
        assert file["features"].maxshape == (None, 3)
        assert file["features"].attrs["name"] == "c-HE"
    assert attributes == {
        "patch_size": 64, "patch_size_level0": 128, "level0_magnification": 20, "target_magnification": 10,
        "overlap": 0, "name": "c-HE", "savetodir": ".", "level0_width": 768, "level0_height": 768,
    }  # fmt: skip


def test_anndata_has_places_in_level_0_pixels(raw, written):
    with h5py.File(written[0] / "x.h5ad", "r") as file:
        assert dict(file.attrs) == {"encoding-type": "anndata", "encoding-version": "0.1.0"}
        assert np.array_equal(file["X"][:], written[1])
        assert np.array_equal(file["obs/x"][:], raw.image.grid.xy[:, 0])
        assert np.array_equal(file["obsm/spatial"][:], raw.image.grid.xy + 64.0)
        assert file["obs/_index"].asstr()[0] == "c-HE_{}_{}".format(*raw.image.grid.xy[0])


@pytest.mark.slow
def test_anndata_itself_opens_it(raw, written, tmp_path):
    with TemporaryDirectory() as library:  # it wants another pandas than the pipeline, so it gets a place of its own
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--retries", "1", "--target", library]
        if subprocess.run([*install, "anndata==0.12.19", "pandas<3"], capture_output=True, check=False).returncode:
            pytest.skip("anndata cannot be installed here")
        found = subprocess.run(
            [sys.executable, "-c", READ, str(tmp_path / "x.h5ad")],
            env={**os.environ, "PYTHONPATH": library}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert found.returncode == 0, found.stderr
    x, y = raw.image.grid.xy[0].tolist()
    assert json.loads(found.stdout) == {
        "shape": [len(raw), 3], "obs": ["slide", "x", "y", "tissue"], "slide": "category", "first": f"c-HE_{x}_{y}",
        "names": ["0", "1"], "sum": float(written[1].sum()), "spatial": [x + 64.0, y + 64.0], "uns": FACTS, "x": x,
    }  # fmt: skip
