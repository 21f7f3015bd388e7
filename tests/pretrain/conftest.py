"""A cohort of noise tiles, written as the earlier phases would."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.files import write_json
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.translators import GateManifest, PooledQuality, ViewManifest
from pipeline.core.store.store import write_store
from pipeline.engine.run import run
from pipeline.study import objectives

SIZE = 16
TILES = 12
SLIDES = {  # slide: patient, site, stain, split, paired_with
    "A1-HE": ("A1", "A", "HE", "train", ""),
    "A1-IHC": ("A1", "A", "IHC", "train", "A1-HE"),
    "A2-HE": ("A2", "A", "HE", "train", ""),
    "B1-HE": ("B1", "B", "HE", "test", ""),
    "B1-IHC": ("B1", "B", "IHC", "test", "B1-HE"),
}
SETTINGS = {
    "optimizer": "adam",
    "optimizer_options": {},
    "lr": 1e-3,
    "warmup": 0.1,
    "clip_norm": 1.0,
    "clip_per": "global",
    "reduction": "mean",
    "augment": {"preset": "corrected", "colour": 1.0, "geometry": 1.0},
    "primary_kind": "light",
    "projector": {"width": 8, "layers": 2},
}
INDEX, GATE = Path("data/normalized/index.json"), Path("data/privileged/toy/0/index.json")
ENCODER = "pipeline.core.networks.resnet:ResNetEncoder"
OBJECTIVES = {name: entry.code for name, entry in objectives.OBJECTIVES.items()}
LOSSES = {name: entry.code for name, entry in objectives.LOSSES.items()}
CUT = {"mpp": 1.0, "size": SIZE, "stride": SIZE, "min_tissue": 0.5, "max_tissue": 1.0, "pens": True, "channels": None}
SPEC = {
    **SETTINGS,
    "preparation": {"stain": "HE", "tiling": CUT, "staining": None},
    "encoder": {"depth": 18, "width": 4},
    "vectors": None,
    "captions": None,
    "seed": 0,
    "repeat": 0,
    "drawing": None,
    "task": None,
    "epochs": 1,
    "batch": 4,
    "accumulate": 1,
    "devices": 1,
    "nodes": 1,
    "buffer": None,
    "precision": "32-true",
    "checkpoint_every": 2,
    "primary": "HE",
    "view_kind": "light",
}
ARM = {
    "objective": "trident",
    "loss": "vicreg",
    "privileged": "toy",
    "control": None,
    "only_with": None,
    "pairs": None,
    "length": "steps",
    "task": None,
    "captions": None,
    "teacher": None,
    "start": None,
    "options": {"heads": "per_encoder"},
    "loss_options": {"mode": "released"},
}


def store(path: Path, seed: int, **attributes: object) -> None:
    rng = np.random.default_rng(seed)
    columns = {"xy": np.zeros((TILES, 2), np.int64), "tissue": np.ones(TILES, np.float32)}
    if attributes:
        columns["label"] = (np.arange(TILES) % 3 - 1).astype(np.int16)
    write_store(path, [rng.integers(0, 256, (TILES, SIZE, SIZE, 3), dtype=np.uint8)], columns, attributes, size=SIZE)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: two training patients, one of them with IHC; synthetic views by ``toy``."""
    cohort(tmp_path, monkeypatch)
    return tmp_path


def cohort(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes ``folder`` the current one, and writes the cohort there."""
    monkeypatch.chdir(folder)
    facts = ("patient", "site", "stain", "split", "paired_with")
    members, views = {}, {}
    for seed, (slide, values) in enumerate(SLIDES.items()):
        path = Path(f"data/normalized/{slide}.zarr")
        names = {"label_names": ["stroma", "tumour"]} if values[2] == "HE" else {}
        store(path, seed, **names)
        entry = {"status": "complete", "slide": slide, "tiles": TILES, **dict(zip(facts, values, strict=True))}
        members[slide] = {**entry, "store": path.as_posix()}
        if values[2] == "HE":
            view = Path(f"data/privileged/toy/0/{slide}.zarr")
            store(view, 100 + seed)
            views[slide] = ViewManifest(
                **entry, translator="toy", repeat=0, seed=0, source="HE", target="IHC", store=view
            )
    write_json(INDEX, {"members": members})
    quality = PooledQuality(slides=len(views), tiles=TILES * len(views))
    made = {"translator": "toy", "repeat": 0, "source": "HE", "target": "IHC"}
    gate = GateManifest(**made, members=views, patients=(), quality=quality, gates={})
    write_json(GATE, gate.model_dump(mode="json"))


def job(name: str = "arm", spec: dict | None = None, **arm: object) -> Job:
    """A pretraining job; ``arm`` overrides the arm's section, ``spec`` the rest."""
    chosen = {**ARM, **arm}
    code = {"maker": "pipeline.pretrain.training:train_encoder", "objective": OBJECTIVES[chosen["objective"]]}
    code["encoder"] = ENCODER
    if chosen["loss"]:
        code["loss"] = LOSSES[chosen["loss"]]
    if chosen["task"]:
        code["task"] = "pipeline.core.tasks.annotation:Annotation"
    if chosen["captions"]:
        code["captions"] = "pipeline.pretrain.captions:captions_of"
    inputs = {"cohort": INDEX, **({"gate": GATE} if chosen["privileged"] == "toy" else {})}
    full = {**SPEC, **(spec or {}), "arm": chosen}
    folder = Path(f"models/encoders/{name}/{full['repeat']}")
    outputs = {"manifest": folder.with_suffix(".json"), "folder": folder}
    return Job("pretrain", "pretrain", (name, str(full["repeat"])), code, inputs, outputs, full)


def made(job: Job) -> EncoderManifest:
    """Runs a job; returns its manifest as it would be read back."""
    run(job)
    return EncoderManifest.read(job.manifest)


@pytest.fixture
def make_job():
    return job
