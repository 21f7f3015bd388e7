"""A tiny cohort of three slides and a translator that inverts colours, both exact."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core.files import write_json
from pipeline.core.job import Job
from pipeline.core.manifests.manifest import Manifest
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.networks.weights import export_weights
from pipeline.core.store.store import write_store
from pipeline.core.translation.noise import TileNoise
from pipeline.core.translation.pixels import Pixels
from pipeline.core.translation.translator import to_tensor

SIZE, TILES = 32, 8
KINDS = {"source": "light", "target": "fluorescence"}  # what is inverted lies on a dark ground
GATES = {"min_agreement": 0.1, "max_cycle_jump": 0.05, "min_nuclei": 0.1}


class Scale(nn.Module):
    """Multiplies by a weight: -1 inverts, 0 answers grey whatever it is shown."""

    def __init__(self, factor: float = 1.0) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x


class Memory(nn.Module):
    """Knows the images it was trained on by heart, and answers grey to all others."""

    source: torch.Tensor
    target: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(()))
        self.register_buffer("source", torch.zeros(TILES, 3, SIZE, SIZE))
        self.register_buffer("target", torch.zeros(TILES, 3, SIZE, SIZE))

    @classmethod
    def of(cls, source: np.ndarray, target: np.ndarray) -> "Memory":
        made = cls()
        for name, images in (("source", source), ("target", target)):
            getattr(made, name).copy_(to_tensor(torch.from_numpy(images)))
        return made

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        same = (x[:, None] == self.source).flatten(2).all(2).float()  # (tile, known tile)
        return torch.einsum("bk,kchw->bchw", same, self.target)


class Noise(Scale):
    """Stands for a sampler: noise that knows nothing of its source."""

    stochastic = True

    def forward(self, x: torch.Tensor, noise: TileNoise) -> torch.Tensor:
        return self.factor * noise.normal(*x.shape[1:]) / 4


class Wide(Scale):
    """Makes five channels of 12 bits: the three, and the first two again."""

    makes = Pixels("uint16", 5, 4095)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * torch.cat([x, x[:, :2]], 1)


class Narrow(Scale):
    """Makes RGB of them."""

    reads = Pixels("uint16", 5, 4095)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x[:, :3]


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
    return write(path, NormalizedManifest(**facts, paired_with=paired_with, store=path, tiles=len(images)))


def write(product: Path, manifest: Manifest) -> Path:
    path = product.with_suffix(".json")
    write_json(path, manifest.model_dump(mode="json"))
    return path


def quarantine(name: str, *, stain: str = "HE") -> None:
    facts = {"slide": name, "patient": name[0], "site": "s", "stain": stain, "split": "train"}
    reason = {"status": "quarantined", "stage": "open", "error": "x", "fix": "y"}
    write(Path(f"data/normalized/{name}.zarr"), NormalizedManifest(**facts, **reason))


def translator(
    *,
    factor: float = -1.0,
    back: float | None = None,
    patients: tuple[str, ...] = ("a",),
    held_back: tuple[str, ...] = ("b",),
    network: str = "Scale",
    learned: nn.Module | None = None,
) -> Path:
    folder = Path("models/translators/t/0")
    config = {"network": f"toy:{network}", "arguments": {}}
    weights = {"generator": export_weights(folder, "generator", learned or Scale(factor), config)}
    if back is not None:
        weights["backward"] = export_weights(folder, "backward", Scale(back), config)
    ends = {"source": "HE", "target": "IHC", "method": "scale", "pairing": "paired"}
    made = {"steps": 1, "tiles": TILES, "history": folder / "history.csv", "samples": (), "folder": folder}
    shown = {"patients": patients, "held_back": held_back}
    return write(
        folder, TranslatorManifest(translator="t", repeat=0, **ends, **made, **shown, weights=weights, configs={})
    )


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Slides a, b (train) and c (test), each with its inverse as registered partner."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pipeline.core.networks.toy", sys.modules[__name__])
    for seed, (name, split) in enumerate((("a", "train"), ("b", "train"), ("c", "test"))):
        images = tissue(seed)
        slide(f"{name}-HE", images, split=split)
        slide(f"{name}-IHC", 255 - images, split=split, stain="IHC", paired_with=f"{name}-HE")
    return tmp_path


def slide_job(name: str = "a", *, partner: bool = True, batch: int = 3, kinds: dict[str, str] = KINDS) -> Job:
    tiles, out = Path("data/normalized"), Path("data/privileged/t/0")
    registered = {"partner": tiles / f"{name}-IHC.json"} if partner else {}
    return Job(
        phase="synthesize",
        rule="synthesize",
        key=("t", "0", f"{name}-HE"),
        code={"maker": "pipeline.synthesize.view:make_view"},
        inputs={"translator": Path("models/translators/t/0.json"), "slide": tiles / f"{name}-HE.json", **registered},
        outputs={"manifest": out / f"{name}-HE.json", "store": out / f"{name}-HE.zarr"},
        spec={"seed": 0, "batch": batch, "kinds": kinds},
    )


def gate_job(*names: str, **limits) -> Job:
    out = Path("data/privileged/t/0")
    return Job(
        phase="synthesize",
        rule="synthesize_gate",
        key=("t", "0"),
        code={"maker": "pipeline.synthesize.gate:make_gate"},
        inputs={"translator": Path("models/translators/t/0.json")},
        groups={"members": {f"{name}-HE": out / f"{name}-HE.json" for name in names}},
        outputs={"manifest": out / "index.json"},
        spec={**GATES, **limits},
    )
