"""A cohort whose classes differ in brightness, two encoders and one translator, as the earlier phases write them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.core.files import Json, write_json
from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, save_encoder
from pipeline.core.store.store import write_store
from pipeline.evaluate.encoder_score import score_encoder
from pipeline.evaluate.summary import summarize
from pipeline.study.sections import Arm

SIZE, TILES = 16, 12
SLIDES = {  # slide: patient, site, stain, split, paired_with
    "A1-HE": ("A1", "A", "HE", "train", ""),
    "A1-IHC": ("A1", "A", "IHC", "train", "A1-HE"),
    "A2-HE": ("A2", "A", "HE", "train", ""),
    "A3-HE": ("A3", "A", "HE", "test", ""),
    "A3-IHC": ("A3", "A", "IHC", "test", "A3-HE"),
    "A4-HE": ("A4", "A", "HE", "test", ""),
    "C1-HE": ("C1", "C", "HE", "test", ""),
}
FACTS = ("patient", "site", "stain", "split", "paired_with")
ARMS = {
    "base": Arm(objective="unprivileged", loss="vicreg"),
    "made": Arm(objective="trident", loss="vicreg", privileged="toy"),
}
SPEC = {
    "seed": 0,
    "tasks": {"tissue": {"kind": "annotation", "stain": None, "channel": 0, "threshold": 128, "fraction": 0.05}},
    "baseline": "base",
    "few": 3,
    "draws": 2,
    "neighbours": 3,
    "bootstrap": 40,
    "batch": 5,
}


def write_slide(slide: str, seed: int) -> dict:
    rng = np.random.default_rng(seed)
    label = (np.arange(TILES) % 3 - 1).astype(np.int16)  # -1, 0, 1
    level = np.where(label == 1, 60, 0)[:, None, None, None]
    images = (rng.integers(0, 180, (TILES, SIZE, SIZE, 3)) + level).astype(np.uint8)
    patient, site, stain, split, partner = SLIDES[slide]
    columns = {"xy": np.zeros((TILES, 2), np.int64), "tissue": np.ones(TILES, np.float32)}
    attributes = {}
    if stain == "HE":
        columns["label"], attributes["label_names"] = label, ["stroma", "tumour"]
    path = Path(f"data/normalized/{slide}.zarr")
    write_store(path, [images], columns, attributes, size=SIZE)
    facts = dict(zip(FACTS, (patient, site, stain, split, partner), strict=True))
    return {"status": "complete", "slide": slide, "tiles": TILES, "store": path.as_posix(), **facts}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: two training patients, two test patients of their site, one of another."""
    monkeypatch.chdir(tmp_path)
    write_study()
    return tmp_path


@pytest.fixture(scope="module")
def summed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Json]:
    """A folder with the summary of two arms that have the same encoders, and the summary's manifest."""
    folder = tmp_path_factory.mktemp("summed")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_study()
        return folder, summarize_study()


def summarize_study() -> Json:
    read = []
    for arm in ARMS:
        for seed in ("0", "1"):
            scored = job("evaluate_encoder", arm, seed)
            scored.run(score_encoder)
            read.append(str(scored.manifest))
    scores = Path("results/scores")
    write_json(scores / "normalization.json", {"colour_spread": {"after": 1.0}, "slides": [], "digest": "n"})
    translator = {"translator": "toy", "domains": {"train": {"l1": 0.1}}, "digest": "t"}
    write_json(scores / "translators/toy.json", translator)
    (scores / "encoders/gone").mkdir()
    others = ["translators/toy.json", "normalization.json"]
    arms = {name: arm.model_dump() for name, arm in ARMS.items()}
    return summarize(job("evaluate", read=(*read, *(str(scores / name) for name in others)), arms=arms))


def write_study() -> None:
    members = {slide: write_slide(slide, seed) for seed, slide in enumerate(SLIDES)}
    write_json(Path("data/normalized/index.json"), {"members": members})
    for arm, settings in ARMS.items():
        for seed in (0, 1):
            torch.manual_seed(seed)
            folder = Path(f"models/encoders/{arm}/{seed}")
            weights = save_encoder(folder, Encoder(depth=18, width=4, mean=(0.4,) * 3, std=(0.2,) * 3))
            learned = settings.model_dump(exclude={"against"})
            manifest = {"arm": arm, "seed": seed, **learned, "patients": ["A1", "A2"], "weights": weights}
            write_json(folder.with_suffix(".json"), manifest)


def job(rule: str, *key: str, read: tuple[str, ...] = (), **spec: object) -> Job:
    """A job of the phase as the plan makes it."""
    path = {
        "evaluate_encoder": "encoders/" + "/".join(key),
        "evaluate_translator": "translators/" + "/".join(key),
        "evaluate_normalization": "normalization",
        "evaluate": "index",
    }[rule]
    if rule == "evaluate_encoder":
        read = ("data/normalized/index.json", f"models/encoders/{key[0]}/{key[1]}.json")
    inputs = tuple(map(Path, read))
    return Job("evaluate", rule, key, Path(f"results/scores/{path}.json"), inputs, {**SPEC, **spec})


@pytest.fixture
def make_job():
    return job
