"""A tiny cohort of two slides and a translator that inverts colours, both exact."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core import networks
from pipeline.core.files import write_json
from pipeline.core.job import Job
from pipeline.core.store.store import write_store
from pipeline.core.train.checkpoint import export_weights

SIZE, TILES = 32, 8
GATES = {"min_agreement": 0.1, "max_cycle_jump": 0.05, "min_nuclei": 0.1}


class Scale(nn.Module):
    """Multiplies by a weight: -1 inverts, 0 answers grey whatever it is shown."""

    def __init__(self, factor: float = 1.0) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x


def tissue(seed: int) -> np.ndarray:
    """uint8 (tile, y, x, 3): dark discs on pink with noise."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(6, 26, (TILES, 6, 2, 1, 1))
    y, x = np.mgrid[:SIZE, :SIZE]
    inside = ((y - centres[:, :, 0]) ** 2 + (x - centres[:, :, 1]) ** 2 < 16).any(1)
    clean = np.where(inside[..., None], [90, 50, 130], [230, 170, 205])
    return np.clip(clean + rng.normal(0, 4, clean.shape), 0, 255).astype(np.uint8)


def slide(name: str, images: np.ndarray, *, split: str, stain: str = "HE", paired_with: str = "") -> Path:
    path = Path(f"data/normalized/{name}.zarr")
    facts = {"slide": name, "patient": name[0], "site": "s", "stain": stain, "split": split}
    columns = {
        "xy": np.random.default_rng(0).integers(0, 999, (len(images), 2)),
        "tissue": np.linspace(0.5, 1, len(images), dtype=np.float32),
        "label": np.zeros(len(images), np.int16),
    }
    write_store(path, [images], columns, {**facts, "mpp": 1.0}, size=SIZE)
    manifest = path.with_suffix(".json")
    more = {"status": "complete", "paired_with": paired_with, "store": path.as_posix(), "tiles": len(images)}
    write_json(manifest, {**facts, **more})
    return manifest


def translator(*, factor: float = -1.0, back: float | None = None, patients: tuple[str, ...] = ("a",)) -> Path:
    folder = Path("models/translators/t")
    config = {"network": "scale", "arguments": {}}
    weights = {"generator": export_weights(folder, "generator", Scale(factor), config)}
    if back is not None:
        weights["backward"] = export_weights(folder, "backward", Scale(back), config)
    manifest = folder.with_suffix(".json")
    ends = {"source": "HE", "target": "IHC"}
    content = {"translator": "t", **ends, "patients": patients, "weights": weights, "folder": folder.as_posix()}
    write_json(manifest, content)
    return manifest


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Slides a (train) and c (test), each with its inverse as registered partner."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(networks.NETWORKS, "scale", f"{__name__}:Scale")
    for seed, (name, split) in enumerate((("a", "train"), ("c", "test"))):
        images = tissue(seed)
        slide(f"{name}-HE", images, split=split)
        slide(f"{name}-IHC", 255 - images, split=split, stain="IHC", paired_with=f"{name}-HE")
    return tmp_path


def slide_job(name: str = "a", *, partner: bool = True) -> Job:
    stains = ("HE", "IHC") if partner else ("HE",)
    read = (Path("models/translators/t.json"), *(Path(f"data/normalized/{name}-{stain}.json") for stain in stains))
    spec = {"seed": 0, "batch": 3, "translator": "t", "slide": f"{name}-HE"}
    return Job("synthesize", "synthesize", ("t", f"{name}-HE"), Path(f"data/privileged/t/{name}-HE.json"), read, spec)


def gate_job(*names: str, **limits) -> Job:
    members = {f"{n}-HE": f"data/privileged/t/{n}-HE.json" for n in names}
    spec = {"seed": 0, **GATES, **limits, "translator": "t", "members": members}
    manifest, read = Path("data/privileged/t/index.json"), tuple(map(Path, members.values()))
    return Job("synthesize", "synthesize_gate", ("t",), manifest, read, spec)
