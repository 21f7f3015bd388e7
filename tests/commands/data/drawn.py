"""Small files in the layouts of public data sets, and the studies that are made of them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from typer.testing import CliRunner

from pipeline.commands.init import app
from pipeline.engine.closure import CODE
from pipeline.study.sheet import read_sheet

SYNPRIV = str(Path(sys.executable).with_name("synpriv"))


def picture(path, side=32, colour=(170, 90, 160), seed=0, **more):
    """Writes a picture of one colour with noise, so that no two seeds are alike."""
    rng = np.random.default_rng(seed)
    pixels = np.clip(np.array(colour) + rng.integers(-20, 20, (side, side, 1)), 0, 255).astype(np.uint8)
    return save(path, pixels, **more)


def save(path, pixels, **more):
    """Writes an array as a picture, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **more)
    return path


def init(study, name, folder, *more):
    """Runs ``synpriv init``; returns what it said. Raises what it raised."""
    result = CliRunner().invoke(app, [str(study), "--data", name, "--slides", str(folder), *more])
    if result.exception:
        raise result.exception
    return result.stdout


def sheet(study, monkeypatch):
    """The slides of a study, as the pipeline reads them; the current folder is the study's from then on."""
    monkeypatch.chdir(study)
    return read_sheet(Path("data/slides.csv"), seed=0, test_share=0.0)


def patients(slides, split):
    """Who is in a split."""
    return {slide.patient_id for slide in slides.values() if slide.split == split}


def check(study):
    """What ``synpriv check`` says, and its exit status."""
    env = {**os.environ, "PYTHONPATH": str(CODE.parent), "COLUMNS": "200"}
    command = [SYNPRIV, "check", "--workers", "1"]
    found = subprocess.run(command, cwd=study, env=env, capture_output=True, text=True, check=False)
    return found.returncode, found.stdout + found.stderr
