"""A small, realistic study output, laid out as the earlier phases leave it: one slide is quarantined."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.filters import gaussian

from pipeline.core.files import write_json, write_text
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.manifest import Manifest
from pipeline.core.manifests.scores import Estimate, Extent, Scope, ScoreFile, SummaryManifest, Verdict
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.manifests.translators import Gate, GateManifest, PooledQuality, TranslatorManifest, ViewManifest
from pipeline.core.measures.figures import Figure, write_figures
from pipeline.core.store.store import write_store
from pipeline.engine.run import run

SIZE, TILES = 32, 24
CLASSES = ("stroma", "tumour", "lymphoid")
INPUTS = {
    "tiled": "data/tiles/index.json",
    "normalized": "data/normalized/index.json",
    "translators": "models/translators/index.json",
    "privileged": "data/privileged/index.json",
    "encoders": "models/encoders/index.json",
    "scores": "results/scores/index.json",
    "figures": "results/figures.csv",
}
PARAMS = {
    "seed": 0,
    "tile": {"mpp": 1.0, "size": 32, "stride": 32},
    "normalize": {"method": "macenko", "reference": "auto", "options": {}, "trials": {}},
    "translate": {"he2ihc": {"method": "cyclegan", "source": "HE", "target": "IHC", "steps": 300, "options": {}}},
    "pretrain": {"seeds": [0, 1], "epochs": 10},
    "evaluate": {"baseline": "unprivileged", "fixed": None, "few": 50, "few_patients": 5, "draws": 10},
}
PLAIN = {"loss": "VICReg", "published": "unprivileged"}
ARMS = [
    {"name": "untrained", "role": "floor", "text": "random weights", "published": "unprivileged"},
    {"name": "unprivileged", "role": "no_view", "text": "two views of the slide, VICReg", "loss": "VICReg"},
    {"name": "synthetic", "role": "synthetic", "text": "TriDeNT, IHC by CycleGAN, VICReg", **PLAIN},
    {"name": "siamese", "role": "synthetic", "text": "privileged Siamese, IHC by CycleGAN, VICReg", **PLAIN},
    {"name": "real", "role": "real", "text": "TriDeNT, real IHC, VICReg", **PLAIN},
    {"name": "shuffled", "role": "shuffled", "text": "TriDeNT, IHC by CycleGAN, shuffled (control)", **PLAIN},
    {"name": "supervised", "role": "supervised", "text": "trained with all labels of “tissue”", "task": "tissue",
     "published": "unprivileged"},
]  # fmt: skip
SPEC = {
    "title": "Does synthetic privileged information <help>?",
    "tiles": 6,
    "seed": 0,
    "folds": [""],
    "params": PARAMS,
    "arms": ARMS,
    "segmenters": [],
    "few": 50,
    "tasks": {"tissue": {"kind": "annotation"}},
    "baseline": "unprivileged",
    "rules": [["tile", "tile"], ["normalize_reference", "normalize"], ["normalize", "normalize"],
              ["translate", "translate"], ["pretrain", "pretrain"]],
}  # fmt: skip
PAGE = Path("results/report/index.html")
# slide, patient, site, stain, split, paired_with
SLIDES = [
    ("A1-HE", "A1", "siteA", "HE", "train", ""),
    ("A1-IHC", "A1", "siteA", "IHC", "train", "A1-HE"),
    ("A2-HE", "A2", "siteA", "HE", "test", ""),
    ("A2-IHC", "A2", "siteA", "IHC", "test", "A2-HE"),
    ("A3-HE", "A3", "siteA", "HE", "test", ""),
    ("B1-HE", "B1", "siteB", "HE", "train", ""),
    ("C1-HE", "C1", "siteC", "HE", "test", ""),
    ("C2-HE", "C2", "siteC", "HE", "test", ""),
]
COLORS = {"siteA": (196, 120, 178), "siteB": (178, 98, 150), "siteC": (214, 158, 196), "IHC": (205, 190, 180)}
# arm: few-label balanced accuracy and its gain, low and high, in each domain
FEW = {
    "untrained": ((0.512, None), (0.471, None)),
    "unprivileged": ((0.684, None), (0.602, None)),
    "real": ((0.748, (0.064, 0.021, 0.107)), (0.655, (0.053, -0.004, 0.110))),
    "synthetic": ((0.731, (0.047, 0.012, 0.083)), (0.611, (0.009, -0.031, 0.048))),
    "siamese": ((0.652, (-0.032, -0.058, -0.007)), (0.590, (-0.012, -0.049, 0.026))),
    "shuffled": ((0.681, (-0.003, -0.027, 0.022)), (0.598, (-0.004, -0.033, 0.027))),
    "supervised": ((0.871, None), (0.793, None)),
}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Job]:
    """A finished study whose page is built, and its report job; copied, never changed."""
    folder = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        job = lay_out()
        run(job)
    return folder, job


@pytest.fixture
def study(template: tuple[Path, Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """The report job of a finished study in the current folder; its page is built."""
    shutil.copytree(template[0], tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return template[1]


def lay_out() -> Job:
    """Writes a finished study into the current folder."""
    cohort(("B2-HE", "B2", "siteB", "HE", "train", ""))
    translators()
    encoders()
    figures()
    benchmarks()
    inputs = {name: Path(path) for name, path in INPUTS.items()}
    outputs = {"manifest": Path("results/report/index.json"), "page": PAGE, "costs": Path("benchmarks/costs.html")}
    outputs["cards"] = Path("models/cards")
    return Job("report", "report", (), {"maker": "pipeline.report.page:make_page"}, inputs, outputs, SPEC)


def write_index(name: str, members: dict[str, Manifest]) -> None:
    content = {member: own.model_dump(mode="json") for member, own in members.items()}
    write_json(Path(INPUTS[name]), IndexManifest(members=content).model_dump(mode="json"))


def tissue(stain: str, site: str, kind: int, seed: int) -> np.ndarray:
    """uint8 (SIZE, SIZE, 3): blobs of another density per class on the stain's colour."""
    generator = np.random.default_rng(seed)
    field = gaussian(generator.standard_normal((SIZE, SIZE)), 1.6, mode="wrap")
    nuclei = field > np.quantile(field, (0.86, 0.72, 0.55)[kind])
    base = np.array(COLORS["IHC" if stain == "IHC" else site], float)
    dark = np.array((120, 72, 30) if stain == "IHC" else (74, 48, 120), float)
    mixed = np.where(nuclei[..., None] & ((stain != "IHC") | (kind == 1)), dark, base)
    return np.clip(mixed + generator.normal(0, 7, mixed.shape), 0, 255).astype(np.uint8)


def cohort(lost: tuple[str, ...]) -> None:
    facts = ("slide", "patient", "site", "stain", "split", "paired_with")
    tiled, normalized = {}, {}
    kinds = np.arange(TILES) % 3
    for index, slide in enumerate(SLIDES):
        name, _, site, stain = slide[:4]
        seed = 100 * (index - (stain == "IHC"))
        images = np.stack([tissue(stain, site, kinds[row], seed + row) for row in range(TILES)])
        store, labelled = Path(f"data/tiles/{name}.zarr"), stain == "HE"
        columns = {"xy": np.zeros((TILES, 2), np.int64), "tissue": np.ones(TILES, np.float32)}
        if labelled:
            columns["label"] = np.where(np.arange(TILES) == 5, -1, kinds).astype(np.int16)
        attributes, thumbnail = {"label_names": list(CLASSES)}, Path(f"data/tiles/{name}.png")
        write_store(store, [images], columns, attributes, size=SIZE)
        Image.fromarray(np.vstack(np.split(np.hstack(list(images)), 4, axis=1))).save(thumbnail)
        labels = {CLASSES[k]: int((columns["label"] == k).sum()) for k in range(3)} if labelled else {}
        entry = {**dict(zip(facts, slide, strict=True)), "tiles": TILES, "mpp": 1.0, "labels": labels}
        tiled[name] = TileManifest(store=store, thumbnail=thumbnail, **entry)
        changed = Path(f"data/normalized/{name}.zarr") if labelled else store
        if labelled:
            images = np.clip(images.astype(int) + (np.array(COLORS["siteA"]) - COLORS[site]), 0, 255).astype(np.uint8)
            write_store(changed, [images], columns, attributes, size=SIZE)
        fit = {"matrix": [[0.6, 0.2], [0.7, 0.9], [0.3, 0.3]], "p99": [1.9, 1.0], "fallback": name == "C2-HE"}
        own = {"normalized": labelled, "stain_fit": fit, "reference": "A1-HE"} if labelled else {}
        normalized[name] = NormalizedManifest(store=changed, thumbnail=thumbnail, **entry, **own)
    gone = {"stage": "read", "error": "not a slide: <b>truncated</b> file", "fix": "copy data/phantom/B2-HE.tif again"}
    entry = {**dict(zip(facts, lost, strict=True)), "status": "quarantined", **gone}
    tiled["B2-HE"], normalized["B2-HE"] = TileManifest(**entry), NormalizedManifest(**entry)
    write_index("tiled", tiled)
    write_index("normalized", normalized)


def translators() -> None:
    folder, losses = Path("models/translators/he2ihc/0"), ("adversarial", "cycle", "identity", "total")
    samples = tuple(folder / f"samples/step_{step:06}.png" for step in (100, 200, 300))
    for index, path in enumerate(samples):
        path.parent.mkdir(parents=True, exist_ok=True)
        pair = [tissue("HE", "siteA", 1, index), tissue("IHC", "siteA", 1, index)]
        Image.fromarray(np.hstack(pair)).resize((256, 128)).save(path)
    steps = range(10, 301, 10)
    rows = [
        {"step": s, **{f"generator/{n}": (3 + i) * np.exp(-s / 150) + 0.2 * (i + 1) for i, n in enumerate(losses)},
         "discriminator/total": 0.25 + 0.1 * np.sin(s / 20)} for s in steps
    ]  # fmt: skip
    write_rows(folder / "history.csv", rows)
    stains = {"translator": "he2ihc", "source": "HE", "target": "IHC"}
    trained = TranslatorManifest(
        method="cyclegan", pairing="unpaired", patients=("A1",), held_back=("B1",), tiles=72, steps=300,
        weights={}, configs={}, history=folder / "history.csv", samples=samples, folder=folder, repeat=0, **stains,
    )  # fmt: skip
    again = trained.model_copy(update={"repeat": 1, "steps": 7, "history": Path("gone.csv"), "samples": ()})
    write_index("translators", {"he2ihc/0": trained, "he2ihc/1": again})
    members = {}
    for index, (name, patient, site, stain, split, partner) in enumerate(SLIDES):
        if stain == "HE":
            store = Path(f"data/privileged/he2ihc/0/{name}.zarr")
            images = np.stack([tissue("IHC", site, row % 3, 100 * index + row) for row in range(TILES)])
            write_store(store, [images // 10 * 10], {"xy": np.zeros((TILES, 2), np.int64)}, {}, size=SIZE)
            facts = {"patient": patient, "site": site, "stain": "IHC", "split": split, "paired_with": partner}
            made = {"translator": "he2ihc", "repeat": 0, "seed": 0}
            members[name] = ViewManifest(slide=name, store=store, tiles=TILES, **made, **facts)
    gate = GateManifest(
        members=members,
        quality=PooledQuality(slides=2, tiles=48, agreement=0.412, cycle=0.052, cycle_uint8=0.055),
        gates={
            "agreement": Gate(value=0.412, limit=0.1, passed=True, patients=1),
            "nuclei": Gate(value=None, limit=0.1, passed=None, patients=0),
        },
        patients=("B1",),
        repeat=0,
        **stains,
    )
    write_index("privileged", {"he2ihc/0": gate, "he2ihc/1": gate.model_copy(update={"repeat": 1, "gates": {}})})


def encoders() -> None:
    members = {}
    tested = [slide for slide in SLIDES if slide[4] == "test" and slide[3] == "HE"]
    for order, arm in enumerate(FEW):
        for seed in (0, 1):
            folder = Path(f"models/encoders/{arm}/{seed}")
            fall = 40 + 9 * order
            rows = [{"step": s, "encoder/total": 20 * np.exp(-s / fall) + 5 + seed} for s in range(5, 200, 5)]
            write_rows(folder / "history.csv", [] if arm == "untrained" else rows)
            members[f"{arm}/{seed}"] = EncoderManifest(
                arm=arm, seed=seed, patients=("A1", "B1"), tiles=48, steps=195, weights={}, configs={},
                history=folder / "history.csv", folder=folder,
            )  # fmt: skip
        generator = np.random.default_rng(10 * order)
        kinds = np.tile(np.arange(TILES) % 3, len(tested))
        targets = np.where(np.tile(np.arange(TILES), len(tested)) == 5, "", np.array(CLASSES)[kinds])
        embeddings = (np.eye(8)[kinds] * 3 + generator.standard_normal((len(kinds), 8))).astype(np.float16)
        scores = score_path(arm)
        scores.parent.mkdir(parents=True, exist_ok=True)
        sites = np.repeat([slide[2] for slide in tested], TILES)
        found = {"embeddings": embeddings, "site": sites, "target/tissue": targets, "target/share": kinds / 2}
        np.savez(scores, **{f"map/{name}": values for name, values in found.items()})
    write_index("encoders", members)


def score_path(arm: str) -> Path:
    return Path(f"results/scores/encoders/{arm}.npz")


def figures() -> None:
    rows, verdicts = [], []
    for arm, both in FEW.items():
        for split, (few, gain), n in zip(("in_domain", "unseen_site"), both, (46, 47), strict=True):
            old = FEW["unprivileged"][split == "unseen_site"][0]
            values = {
                "linear/accuracy": few + 0.065, "linear/balanced_accuracy": few + 0.06, "linear/auroc": few + 0.09,
                "knn/accuracy": few + 0.035, "knn/balanced_accuracy": few + 0.03, "knn/auroc": few + 0.08,
                "few/accuracy": few + 0.01, "few/balanced_accuracy": few, "few/auroc": few + 0.1,
            }  # fmt: skip
            reduction = (1 - old - 0.01) / (1 - few - 0.01)
            found = figure(arm, split, "few/error_reduction", reduction, reduction - 0.04, reduction + 0.04, n)
            rows.append(found._replace(against="unprivileged"))
            for metric, value in values.items():
                rows.append(figure(arm, split, metric, value, value - 0.041, value + 0.038, n))
                rows.append(figure(arm, split, metric, value, value, value, n)._replace(seed="0"))
            if gain:
                verdicts.append(verdict(arm, split, *gain, kind="published"))
            if gain and arm != "shuffled":
                verdicts.append(verdict(arm, split, *(x + 0.002 for x in gain), against="shuffled"))
    rows += [
        figure("he2ihc", "in_domain", "ssim", 0.57, 0.5, 0.64, 24)._replace(task="translate"),
        figure("macenko", "all", "stain_error_degrees/haematoxylin", 0.84, 0.5, 1.2, 6)._replace(task="normalize"),
        figure("macenko", "all", "colour_after/dispersion", 2.07, 1.5, 3, 6)._replace(task="normalize"),
    ]
    write_figures(Path(INPUTS["figures"]), rows)
    domains = {split: Extent(patients=2, tiles=n) for split, n in (("in_domain", 46), ("unseen_site", 47))}
    summary = SummaryManifest(
        members={f"encoders/{arm}": ScoreFile(scores=score_path(arm), digest="") for arm in FEW},
        unit="patients", tested={"tissue": Scope(metric="few/balanced_accuracy", domains=domains)},
        verdicts=tuple(verdicts), digests={}, figures=Path(INPUTS["figures"]), metrics=Path("results/metrics.json"),
    )  # fmt: skip
    write_json(Path(INPUTS["scores"]), summary.model_dump(mode="json"))


def figure(arm: str, split: str, metric: str, value: float, low: float, high: float, n: int, task="tissue") -> Figure:
    return Figure(arm, "all", task, split, metric, "", value, low, high, n)


def verdict(
    arm: str, domain: str, value: float, low: float, high: float, *, task="tissue", kind="headline",
    against="unprivileged", role="synthetic", said="",
) -> Verdict:  # fmt: skip
    said = said or ("better" if low > 0 else "worse" if high < 0 else "no difference shown")
    return Verdict(
        task=task, domain=domain, arm=arm, role=role, against=against, kind=kind, said=said, p=0.5, holm=None,
        gain=Estimate(value=value, low=low, high=high), smallest=0.031, patients=8, seeds=5,
    )  # fmt: skip


def benchmarks() -> None:
    head = "s\th:m:s\tmax_rss\tmax_vms\n"
    for index, (name, *_) in enumerate(SLIDES):
        write_text(Path(f"benchmarks/tile/{name}.tsv"), f"{head}{3.5 + index}\t0:00:03\t{410.2 + index}\t900\n")
    write_text(Path("benchmarks/translate/he2ihc/0.tsv"), f"{head}142.0\t0:02:22\t1210.5\t4000\n")
    write_text(Path("benchmarks/normalize_reference.tsv"), f"{head}0.4\t0:00:00\t-\t-\n")


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows or None, columns=None if rows else ["step"]).to_csv(path, index=False)
