import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from pipeline.commands.embed.preparation import Asked, find_preparation
from pipeline.commands.export.command import app
from pipeline.commands.export.encoder import homes_of
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.files import write_json
from pipeline.core.manifests.card import Card
from pipeline.core.networks.encoder import load_encoder, save_encoder
from pipeline.core.networks.resnet import ResNetEncoder
from tests.commands.conftest import ENCODER

TAIL = """
import numpy as np, sys
assert not {"monai", "lightning", "transformers"} & {name.partition(".")[0] for name in sys.modules}
np.savez("said.npz", images=images.numpy(), features=features.numpy())
"""


def export(*arguments):
    return CliRunner().invoke(app, ["encoder", *map(str, arguments)], catch_exceptions=False)


def lines(text):
    """The block of Python in a Markdown text that loads a program."""
    (block,) = re.findall(r"```python\n(import torch\n.*?)```", text, flags=re.DOTALL)
    return block


def run_alone(code, folder):
    """Runs code in a folder, in a Python that cannot import this package; what it left in ``said.npz``."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    hidden = "import sys; sys.modules['pipeline'] = None\n"  # it may be installed in this environment
    done = subprocess.run(
        [sys.executable, "-c", hidden + code + TAIL],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return np.load(folder / "said.npz")


@pytest.fixture(scope="module")
def exported(run_once, tmp_path_factory):
    """The folder of an exported encoder, and its place in the study."""
    folder = tmp_path_factory.mktemp("exported") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(run_once)
        assert export("--encoder", ENCODER, folder, "--licence", "CC-BY-4.0").exit_code == 0
    return folder, run_once / ENCODER


@pytest.mark.slow
def test_five_lines_of_its_card_load_it_without_this_package(exported, tmp_path):
    folder, place = exported
    code = lines((folder / "README.md").read_text())
    assert len(code.splitlines()) == 5
    shutil.copy(folder / "encoder.pt2", tmp_path)
    said = run_alone(code, tmp_path)
    with torch.no_grad():
        expected = load_encoder(place).cpu()(torch.from_numpy(said["images"])).numpy()
    assert said["images"].shape == (8, 3, 64, 64)
    assert np.abs(said["features"] - expected).max() < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("tiles", [1, 2, 5])
def test_onnx_agrees_for_any_number_of_tiles(exported, tiles):
    import onnxruntime

    folder, place = exported
    images = torch.rand(tiles, 3, 64, 64, generator=torch.Generator().manual_seed(tiles))
    with torch.no_grad():
        expected = load_encoder(place).cpu()(images).numpy()
    session = onnxruntime.InferenceSession(folder / "encoder.onnx")
    (found,) = session.run(["features"], {"images": images.numpy()})
    assert np.abs(found - expected).max() < 1e-4


@pytest.mark.slow
def test_the_folder_is_an_encoder_with_its_card(exported):
    folder, place = exported
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md", "card.json", "encoder.config.json", "encoder.onnx", "encoder.pt2", "encoder.safetensors",
    ]  # fmt: skip
    assert find_preparation(folder, Asked()) == find_preparation(place, Asked())
    text = (folder / "README.md").read_text()
    assert "**Licence**: CC-BY-4.0" in text
    assert "| tissue | known sites | linear, balanced accuracy |" in text


@pytest.mark.slow
def test_an_encoder_without_a_card_is_exported_for_the_tiles_that_are_named(tmp_path):
    torch.manual_seed(0)
    save_encoder(tmp_path / "mine", ResNetEncoder(depth=18, width=4, mean=(0.5,) * 4, std=(0.2,) * 4))
    assert export("--encoder", tmp_path / "mine", tmp_path / "out", "--size", "32").exit_code == 0
    text = (tmp_path / "out/README.md").read_text()
    assert "torch.rand(8, 4, 32, 32)" in text
    assert "trained elsewhere" in text


@pytest.mark.slow
def test_a_vit_of_transformers_is_exported(vit, tmp_path):
    assert export("--encoder", vit, tmp_path / "out", "--size", "64").exit_code == 0
    assert {"config.json", "model.safetensors"} < {path.name for path in (tmp_path / "out").iterdir()}
    said = run_alone(lines((tmp_path / "out/README.md").read_text()), tmp_path / "out")
    with torch.no_grad():
        expected = load_encoder(tmp_path / "out").cpu()(torch.from_numpy(said["images"])).numpy()
    assert np.abs(said["features"] - expected).max() < 1e-6


def test_figures_are_those_of_the_study_that_holds_the_same_weights(finished, tmp_path):
    card, figures = Card.read(ENCODER / "card.json"), Path("results/figures.csv")
    assert homes_of(card, figures) == [Path("models/encoders/plain/0.json").resolve()]
    assert homes_of(card, tmp_path / "elsewhere/results/figures.csv") == []
    assert homes_of(card.model_copy(update={"weights": "of another study's arm"}), figures) == []


def test_figures_are_found_from_within_their_folder(finished, monkeypatch):
    monkeypatch.chdir("results")
    card = Card.read(Path("..") / ENCODER / "card.json")
    assert [path.name for path in homes_of(card, Path("figures.csv"))] == ["0.json"]


def test_an_encoder_is_found_in_its_fold(tmp_path):
    card = Card.model_construct(arm="plain", seed=0, weights="abc")
    for fold, weights in (("fold-0", "other"), ("fold-1", "abc")):
        place = tmp_path / "models/encoders" / fold / "plain/0.json"
        place.parent.mkdir(parents=True)
        write_json(place, {"weights": {"encoder": weights}})
    assert homes_of(card, tmp_path / "results/figures.csv") == [place]


@pytest.mark.parametrize("name", ["sub/x.safetensors", "../x.safetensors"])
def test_an_index_that_names_weights_elsewhere_is_refused(vit, tmp_path, name):
    (vit / "model.safetensors").rename(tmp_path / "x.safetensors")
    write_json(vit / "model.safetensors.index.json", {"weight_map": {"a": name}})
    with pytest.raises(ProductError, match="of the same folder"):
        export("--encoder", vit, tmp_path / "out", "--size", "64")
    assert not (tmp_path / "out").exists()


def test_mistakes_are_told_before_anything_is_written(finished, tmp_path):
    save_encoder(tmp_path / "mine", ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.2,) * 3))
    with pytest.raises(StudyError, match="how large the encoder's tiles are"):
        export("--encoder", tmp_path / "mine", tmp_path / "out")
    with pytest.raises(ProductError, match="no encoder"):
        export("--encoder", tmp_path / "nowhere", tmp_path / "out", "--size", "32")
    assert not (tmp_path / "out").exists()
    Path("out").mkdir()
    Path("out/mine.txt").touch()
    with pytest.raises(ProductError, match="something already"):
        export("--encoder", ENCODER, "out")
