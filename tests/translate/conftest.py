"""A cohort of three small slides: dark discs on pink, and what they would look like in another stain."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.files import write_json
from pipeline.core.job import Job
from pipeline.core.store.store import write_store

SIZE, TILES = 32, 12
INDEX = Path("data/normalized/index.json")
METHODS = {
    "cyclegan": "pipeline.core.translation.cyclegan:CycleGAN",
    "pix2pix": "pipeline.translate.pix2pix:Pix2Pix",
    "syndiff": "pipeline.translate.syndiff:SynDiff",
}
OPTIONS = {
    "cyclegan": {"ngf": 4, "blocks": 1, "ndf": 4, "lambda_cycle": 10.0, "identity": 0.5, "pool": 5},
    "pix2pix": {"ngf": 4, "downs": 3, "ndf": 4, "lambda_l1": 100.0},
    "syndiff": {
        "diffusion_steps": 4,
        "width": 8,
        "mult": [1, 2],
        "blocks": 1,
        "attention": [16],
        "latent": 4,
        "style": 8,
        "ndf": 8,
        "downs": 2,
        "ngf": 4,
        "translator_blocks": 1,
        "patch": 4,
        "lambda_l1": 0.5,
        "lambda_cycle": 0.5,
        "r1": 1.0,
        "r1_every": 10,
        "discriminator_rate": 0.625,
        "final_rate": 0.0625,
        "ema": 0.999,
        "validates_every": 2,
    },
}


def discs(seed: int) -> np.ndarray:
    """bool (tile, y, x)."""
    centres = np.random.default_rng(seed).uniform(8, 24, (TILES, 2, 1, 1))
    y, x = np.mgrid[:SIZE, :SIZE]
    return (y - centres[:, 0]) ** 2 + (x - centres[:, 1]) ** 2 < 50


def view(shape: np.ndarray, stain: str) -> np.ndarray:
    """uint8 (tile, y, x, 3)."""
    inside, outside = {"HE": ((80, 40, 120), (230, 160, 200)), "IHC": ((120, 70, 30), (240, 240, 240))}[stain]
    return np.where(shape[..., None], np.uint8(inside), np.uint8(outside))


def slide(
    name: str, *, stain: str, split: str, seed: int, paired_with: str = "", whole: np.ndarray | None = None
) -> dict:
    """Writes a slide of discs, or of tiles that are all alike: ``whole``."""
    path = Path(f"data/tiles/{name}.zarr")
    columns = {"xy": np.arange(2 * TILES).reshape(TILES, 2) + seed, "tissue": np.full(TILES, 0.75, np.float32)}
    facts = {"slide": name, "patient": name[0], "site": "s", "stain": stain, "split": split}
    images = view(discs(seed), stain) if whole is None else np.stack([whole] * TILES)
    write_store(path, [images], columns, {**facts, "mpp": 1.0}, size=SIZE)
    manifest = {**facts, "status": "complete", "paired_with": paired_with, "store": path.as_posix(), "tiles": TILES}
    write_json(Path(f"data/normalized/{name}.json"), manifest)
    return manifest


@pytest.fixture
def cohort(tmp_path, monkeypatch):
    """Patients a and b train (a registered, b not), c tests."""
    monkeypatch.chdir(tmp_path)
    slides = [
        slide("a-HE", stain="HE", split="train", seed=1),
        slide("a-IHC", stain="IHC", split="train", seed=1, paired_with="a-HE"),
        slide("b-HE", stain="HE", split="train", seed=2),
        slide("b-IHC", stain="IHC", split="train", seed=3),
        slide("c-HE", stain="HE", split="test", seed=4),
        slide("c-IHC", stain="IHC", split="test", seed=4, paired_with="c-HE"),
    ]
    write_json(INDEX, {"members": {s["slide"]: s for s in slides}})
    return tmp_path


def training(method: str, repeat: int = 0, **changes) -> Job:
    """A training job of the cohort; nobody is held back."""
    spec = {
        "seed": 0, "method": method, "source": "HE", "target": "IHC",
        "pairing": "paired" if method == "pix2pix" else "unpaired", "steps": 6, "batch": 2, "lr": 2e-4,
        "buffer": None, "precision": "32-true", "checkpoint_every": 2, "options": OPTIONS[method],
        "pairs": None, "held_back": 0.0,
    }  # fmt: skip
    name = f"he2ihc_{method}"
    folder = Path(f"models/translators/{name}/{repeat}")
    return Job(
        "translate",
        "translate",
        (name, str(repeat)),
        {"maker": "pipeline.translate.training:make_translator", "method": METHODS[method]},
        {"cohort": INDEX},
        {"manifest": folder.with_suffix(".json"), "folder": folder},
        {**spec, **changes},
    )
