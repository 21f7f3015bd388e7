"""A study that was run: two training slides, one tested slide, an encoder, its scores."""

import os
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from pipeline.core.slides.slide import Slide
from pipeline.engine.plan import Plan
from pipeline.engine.run import run
from pipeline.study.sheet import write_sheet

ENCODER = Path("models/encoders/plain/0")
STUDY = {
    "tile": {"mpp": 1.0, "size": 64, "stride": 64, "phantom": {"size": 768}},
    "pretrain": {
        "arms": {"plain": {"objective": "unprivileged", "loss": "vicreg"}},
        "seeds": [0],
        "epochs": 1,
        "batch": 16,
        "encoder": {"depth": 18, "width": 4},
        "projector": {"width": 8, "layers": 1},
    },
    "evaluate": {
        "tasks": {"tissue": {"kind": "annotation"}},
        "baseline": "plain",
        "heads": ["linear"],
        "few": 2,
        "draws": 1,
        "batch": 8,
    },
}
SLIDES = [("a", "train"), ("b", "train"), ("c", "test")]


@pytest.fixture(scope="session")
def run_once(tmp_path_factory):
    """The folder of the study."""
    folder = tmp_path_factory.mktemp("used")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("data").mkdir()
        Path("params.yaml").write_text(yaml.safe_dump(STUDY))
        rows = [
            Slide(
                slide_id=f"{patient}-HE",
                path=f"data/phantom/{patient}-HE.tif",
                annotations=f"data/phantom/{patient}-HE.geojson",
                patient_id=patient,
                site="x",
                split=split,
            )
            for patient, split in SLIDES
        ]
        write_sheet(Path("data/slides.csv"), rows)
        for job in Plan.here().jobs.values():
            if job.phase != "report":
                run(job)
    return folder


@pytest.fixture
def finished(run_once, tmp_path, monkeypatch):
    """The current folder is the study's; what a test writes into ``out`` is its own."""
    copy = tmp_path / "study"
    shutil.copytree(run_once, copy, copy_function=os.link)  # nothing in it is changed
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def vit(tmp_path):
    """A folder of transformers: a ViT of patches of 16 pixels."""
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(0)
    sides = {"image_size": 64, "patch_size": 16, "hidden_size": 16, "intermediate_size": 32}
    config = ViTConfig(**sides, num_hidden_layers=4, num_attention_heads=2)
    ViTModel(config, add_pooling_layer=False).save_pretrained(tmp_path / "vit")
    return tmp_path / "vit"
