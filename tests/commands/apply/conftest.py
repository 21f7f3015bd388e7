"""A study whose slides are normalised, and nothing more."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from typer.testing import CliRunner

from pipeline.commands.apply.command import app
from pipeline.core.files import write_json, write_text
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.networks.generators import ResNetGenerator
from pipeline.core.networks.weights import describe, export_weights
from pipeline.core.slides.slide import Slide
from pipeline.engine.plan import Plan
from pipeline.engine.run import run
from pipeline.study.sheet import write_sheet
from pipeline.study.study import PARAMS, SHEET

TILE = {"mpp": 1.0, "size": 64, "stride": 64, "phantom": {"size": 768}}
TOY = {"method": "cyclegan", "source": "HE", "target": "IHC", "pairing": "unpaired"}
SLIDES = {"a": "train", "b": "train", "c": "test"}
TESTED = Path("data/phantom/c.tif")


@pytest.fixture(scope="session")
def normalized_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("normalized")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("data").mkdir()
        PARAMS.write_text(yaml.safe_dump({"tile": TILE}))
        rows = [
            Slide(slide_id=name, path=f"data/phantom/{name}.tif", patient_id=name, site="x", split=split)
            for name, split in SLIDES.items()
        ]
        write_sheet(SHEET, rows)
        for job in Plan.here().jobs.values():
            if job.phase in ("tile", "normalize"):
                run(job)
    return folder


@pytest.fixture
def normalized(normalized_once, tmp_path, monkeypatch):
    """The current folder is the study's."""
    copy = tmp_path / "study"
    shutil.copytree(normalized_once, copy, copy_function=os.link)  # what a test writes, it writes aside
    monkeypatch.chdir(copy)
    return copy


def apply(change="normalize", *options, slide=TESTED, to="out.ome.tif"):
    """The command, in this process."""
    command = [change, "--slide", str(slide), "--to", str(to), *map(str, options)]
    return CliRunner().invoke(app, command, catch_exceptions=False)


def params(**sections):
    """Another params.yaml; none of its phases is run."""
    write_text(PARAMS, yaml.safe_dump({"tile": TILE, **sections}))


def add_translator(network, config, name="toy", repeat=0, source="HE"):
    """Files of a trained translator."""
    folder = Path("models/translators", name, str(repeat))
    weights = {"generator": export_weights(folder, "generator", network, config)}
    manifest = TranslatorManifest(
        translator=name, repeat=repeat, method="cyclegan", source=source, target="IHC", pairing="unpaired",
        patients=("a",), tiles=1, steps=1, weights=weights, configs={"generator": "x"},
        history=folder / "history.csv", folder=folder,
    )  # fmt: skip
    write_json(folder.with_suffix(".json"), manifest.model_dump(mode="json"))


def resnet(seed=0):
    """A small generator, untrained, and its config."""
    torch.manual_seed(seed)
    config = describe(ResNetGenerator, width=4, blocks=1)
    return ResNetGenerator(width=4, blocks=1), config


def levels(path):
    """Every level as OpenSlide reads it: uint8 (y, x, 3)."""
    import openslide

    with openslide.OpenSlide(path) as slide:
        sizes = enumerate(slide.level_dimensions)
        return [np.asarray(slide.read_region((0, 0), level, size).convert("RGB")) for level, size in sizes]
