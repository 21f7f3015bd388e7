"""A cohort whose classes differ in brightness, two encoders and one translator, as the earlier phases write them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.core.files import Json, write_json
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.scores import SummaryManifest
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.measures.means import Means
from pipeline.core.measures.records import Score, save_scores
from pipeline.core.networks.encoder import save_encoder
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.store.store import write_store
from pipeline.evaluate.colour_score import score_colour
from pipeline.evaluate.encoder_score import score_encoder
from pipeline.evaluate.summary import summarize
from pipeline.study.evaluate import LANGUAGE

SIZE, TILES = 16, 12
SEEDS = ("0", "1")
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


def entry(role: str, published: str | None = None, named: tuple[str, ...] = ()) -> Json:
    """What the summary is told of an arm."""
    own = {"role": role, "published": published, "controls": [], "named": list(named)}
    headline = role in ("real", "synthetic")
    return {**own, "against": [*([published] if published else []), *named], "headline": headline}


ARMS = {"base": entry("no_view"), "made": entry("synthetic", "base")}
TASKS = {"tissue": {"kind": "annotation"}}
KINDS = {
    "annotation": "pipeline.core.tasks.annotation:Annotation",
    "stain": "pipeline.core.tasks.stain:Stain",
    "stain_share": "pipeline.core.tasks.stain_share:StainShare",
}
PROBED = {
    "heads": ["linear", "knn"],
    "few": 3,
    "few_patients": 2,
    "draws": 2,
    "neighbours": 3,
    "strata": [],
    "batch": 5,
}
MACENKO = {"io": 255.0, "offset": 0.0, "beta": 0.15, "alpha": 1.0, "mask": "mean"}
SPEC = {
    "encoders": {"seed": 0, "tasks": TASKS, "language": None, **PROBED},
    "colour": {"seed": 0, "tasks": TASKS, **PROBED},
    "translators": {
        "kinds": {"source": "light", "target": "light"},
        "markers": True,
        "labelled": ["nuclei"],
        "extractor": None,
    },
    "cohorts": {"stains": {"tissue": "HE", "masks": "nuclei"}, "extractor": None},
    "normalization": {"method": "macenko", "reference": None, "per_slide": 64, "stains": MACENKO},
    "normalizers": {"stains": MACENKO, "seed": 0, "tasks": TASKS, **PROBED, "heads": ["linear"]},
    "index": {"baseline": "base", "unit": "patients", "arms": ARMS},
}
READ = {
    "encoders": {"cohort": "data/normalized/index.json"},
    "colour": {"cohort": "data/normalized/index.json"},
    "translators": {
        "cohort": "data/normalized/index.json",
        "translator": "models/translators/{}.json",
        "gate": "data/privileged/{}/index.json",
    },
    "cohorts": {
        "cohort": "data/normalized/index.json",
        "synthetic": "data/synthetic/{}/index.json",
        "painter": "models/translators/painter/0.json",
    },
    "normalization": {"normalized": "data/normalized/index.json", "tiled": "data/tiles/index.json"},
    "normalizers": {"tiled": "data/tiles/index.json"},
    "index": {},
}


def make_job(product: str, *key: str, groups: dict | None = None, **spec: object) -> Job:
    """A job of the phase as the plan makes it; ``product`` is a key of SPEC."""
    name = "/".join(key)
    stem = Path(f"results/scores/{product}/{name}" if key else f"results/scores/{product}")
    outputs = {"manifest": Path(f"{stem}.json"), "scores": Path(f"{stem}.npz")}
    if product == "index":
        outputs = {"manifest": outputs["manifest"], "figures": Path("results/figures.csv")}
        outputs["metrics"] = Path("results/metrics.json")
    inputs = {name_: Path(path.format(name)) for name_, path in READ[product].items()}
    if product == "encoders":
        groups = {"seeds": {seed: Path(f"models/encoders/{name}/{seed}.json") for seed in SEEDS}}
    code = {f"task/{task}": target for task, target in KINDS.items()}
    code["stains"] = "pipeline.normalize.macenko:Macenko"
    if spec.get("language"):
        code["language"] = LANGUAGE
    return Job("evaluate", "evaluate", key, code, inputs, outputs, {**SPEC[product], **spec}, groups or {})


def write_slide(slide: str, seed: int) -> Json:
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
    return NormalizedManifest(slide=slide, tiles=TILES, store=path, **facts).model_dump(mode="json")


def write_study() -> None:
    members = {slide: write_slide(slide, seed) for seed, slide in enumerate(SLIDES)}
    write_manifest("data/normalized/index.json", IndexManifest(members=members))
    for arm in ARMS:
        for seed in map(int, SEEDS):
            torch.manual_seed(seed)
            folder = Path(f"models/encoders/{arm}/{seed}")
            weights = save_encoder(folder, ResNetEncoder(depth=18, width=4, mean=(0.4,) * 3, std=(0.2,) * 3))
            facts = {"patients": ("A1", "A2"), "tiles": 24, "steps": 1, "history": folder / "history.csv"}
            manifest = EncoderManifest(
                arm=arm, seed=seed, weights={"encoder": weights}, configs={"encoder": ""}, folder=folder, **facts
            )
            write_manifest(f"{folder}.json", manifest)


def write_manifest(path, manifest) -> Path:
    write_json(Path(path), manifest.model_dump(mode="json"))
    return Path(path)


def score_file(job: Job, subject: str, *, seed: int | None = None, **values: float) -> Path:
    """A score manifest of one domain, as a translator's job writes it."""
    from pipeline.core.manifests.scores import ScoresManifest

    pool = Means.of(list(values), np.array([list(values.values())]), np.zeros(1, int))
    path = job.outputs["scores"]
    records = save_scores(path, [Score("translate", "train", "", pool, ("A1",), 12, "same", seed)])
    return write_manifest(job.manifest, ScoresManifest(subject=subject, records=records, scores=path, digest=subject))


def summarize_study() -> SummaryManifest:
    encoders = {}
    for arm in ARMS:
        job = make_job("encoders", arm)
        encoders[arm] = write_manifest(job.manifest, score_encoder(job))
    colour = make_job("colour")
    encoders["colour"] = write_manifest(colour.manifest, score_colour(colour))
    normalization = {"macenko": score_file(make_job("normalization"), "macenko", colour=1.0)}
    scored = {repeat: make_job("translators", "toy", str(repeat)) for repeat in (0, 1)}
    translators = {f"toy/{n}": score_file(job, "toy", seed=n, l1=0.1 + 0.2 * n) for n, job in scored.items()}
    Path("results/scores/encoders/gone").mkdir()
    return summarize(
        make_job("index", groups={"encoders": encoders, "translators": translators, "normalization": normalization})
    )


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: two training patients, two test patients of their site, one of another."""
    monkeypatch.chdir(tmp_path)
    write_study()
    return tmp_path


@pytest.fixture(scope="module")
def summed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SummaryManifest]:
    """A folder with the summary of two arms that have the same encoders, and the summary's manifest."""
    folder = tmp_path_factory.mktemp("summed")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_study()
        return folder, summarize_study()
