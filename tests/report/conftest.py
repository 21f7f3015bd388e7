"""A small, realistic study output, laid out as the earlier phases leave it: one slide is quarantined."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.filters import gaussian

from pipeline.core.files import write_json, write_text
from pipeline.core.job import Job
from pipeline.core.store.store import write_store
from pipeline.engine.plan import Plan
from pipeline.report.page import make_page

SIZE, TILES = 32, 24
CLASSES = ("stroma", "tumour", "lymphoid")
PARAMS = """\
seed: 0
tile: {mpp: 1.0, size: 32, stride: 32, phantom: {size: 512}}
normalize: {}
translate:
  he2ihc: {method: cyclegan, source: HE, target: IHC, pairing: unpaired, steps: 300, options: {ngf: 16}}
synthesize: {}
pretrain:
  arms:
    untrained: {objective: untrained}
    unprivileged: {objective: unprivileged, loss: vicreg}
    real: {objective: trident, loss: vicreg, privileged: real/IHC}
    synthetic: {objective: trident, loss: vicreg, privileged: he2ihc}
    siamese: {objective: siamese, loss: vicreg, privileged: he2ihc}
    shuffled: {objective: trident, loss: vicreg, privileged: he2ihc, control: shuffled}
    supervised: {objective: supervised, task: tissue}
  seeds: [0, 1]
  epochs: 10
evaluate: {tasks: {tissue: {kind: annotation}}, baseline: unprivileged}
report: {title: "Does synthetic privileged information <help>?"}
"""
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
        job.run(make_page)
    return folder, job


@pytest.fixture
def study(template: tuple[Path, Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """The report job of a finished study in the current folder; its page is built."""
    shutil.copytree(template[0], tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return template[1]


def lay_out() -> Job:
    """Writes a finished study into the current folder."""
    write_text(Path("params.yaml"), PARAMS)
    names = ["slide_id", "patient_id", "site", "stain", "split", "paired_with", "path", "label"]
    lost = ("B2-HE", "B2", "siteB", "HE", "train", "")
    rows = [
        dict(zip(names, (*slide, f"data/phantom/{slide[0]}.tif", "tumour"), strict=True)) for slide in [*SLIDES, lost]
    ]
    write_rows(Path("data/slides.csv"), rows)
    cohort(lost)
    translators()
    encoders()
    figures()
    benchmarks()
    return Plan.here().job("report")


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
        entry = {**dict(zip(facts, slide, strict=True)), "status": "complete", "tiles": TILES, "mpp": 1.0}
        attributes = {"label_names": list(CLASSES)}
        write_store(store, [images], columns, attributes, size=SIZE)
        Image.fromarray(np.vstack(np.split(np.hstack(list(images)), 4, axis=1))).save(f"data/tiles/{name}.png")
        labels = {CLASSES[k]: int((columns["label"] == k).sum()) for k in range(3)} if labelled else {}
        tiled[name] = {**entry, "store": store.as_posix(), "labels": labels, "truth": None}
        changed = Path(f"data/normalized/{name}.zarr") if labelled else store
        if labelled:
            images = np.clip(images.astype(int) + (np.array(COLORS["siteA"]) - COLORS[site]), 0, 255).astype(np.uint8)
            write_store(changed, [images], columns, {**attributes, "reference": "A1-HE"}, size=SIZE)
        fit = {"matrix": [[0.6, 0.2], [0.7, 0.9], [0.3, 0.3]], "p99": [1.9, 1.0], "fallback": name == "C2-HE"}
        own = {"normalized": labelled, "stain_fit": fit if labelled else None}
        normalized[name] = {**tiled[name], "store": changed.as_posix(), **own}
    gone = {"stage": "read", "error": "not a slide: <b>truncated</b> file", "fix": "copy data/phantom/B2-HE.tif again"}
    tiled["B2-HE"] = {**dict(zip(facts, lost, strict=True)), "status": "quarantined", **gone}
    normalized["B2-HE"] = tiled["B2-HE"]
    write_json(Path("data/tiles/index.json"), {"members": tiled})
    write_json(Path("data/normalized/index.json"), {"members": normalized})
    error = {"haematoxylin": 0.84, "second": 1.31, "largest": 2.75, "slides": 6}
    content = {"stain_error_degrees": error, "colour_spread": {"before": 9.41, "after": 2.07}, "slides": []}
    write_json(Path("results/scores/normalization.json"), {"status": "complete", "digest": "0" * 32, **content})


def translators() -> None:
    folder, losses = Path("models/translators/he2ihc"), ("adversarial", "cycle", "identity", "total")
    samples = [f"{folder}/samples/step_{step:06}.png" for step in (100, 200, 300)]
    for index, path in enumerate(samples):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        pair = [tissue("HE", "siteA", 1, index), tissue("IHC", "siteA", 1, index)]
        Image.fromarray(np.hstack(pair)).resize((256, 128)).save(path)
    steps = range(10, 301, 10)
    rows = [
        {"step": s, **{f"generator/{n}": (3 + i) * np.exp(-s / 150) + 0.2 * (i + 1) for i, n in enumerate(losses)},
         "discriminator/total": 0.25 + 0.1 * np.sin(s / 20)} for s in steps
    ]  # fmt: skip
    write_rows(folder / "history.csv", rows)
    manifest = {
        "status": "complete", "translator": "he2ihc", "method": "cyclegan", "source": "HE", "target": "IHC",
        "pairing": "unpaired", "patients": ["A1", "B1"], "tiles": 72, "steps": 300, "history": f"{folder}/history.csv",
        "samples": samples, "folder": folder.as_posix(),
    }  # fmt: skip
    write_json(folder.parent / "index.json", {"members": {"he2ihc": manifest}})
    members = {}
    for index, (name, _, site, stain, *_) in enumerate(SLIDES):
        if stain == "HE":
            store = Path(f"data/privileged/he2ihc/{name}.zarr")
            images = np.stack([tissue("IHC", site, row % 3, 100 * index + row) for row in range(TILES)])
            write_store(store, [images // 10 * 10], {"xy": np.zeros((TILES, 2), np.int64)}, {}, size=SIZE)
            members[name] = {"store": store.as_posix(), "tiles": TILES}
    gate = {
        "translator": "he2ihc", "source": "HE", "target": "IHC", "members": members,
        "quality": {"slides": 2, "tiles": 48, "agreement": 0.412, "nuclei": None, "cycle": 0.052, "cycle_uint8": 0.055},
        "gates": {
            "agreement": {"value": 0.412, "limit": 0.1, "passed": True},
            "nuclei": {"value": None, "limit": 0.1, "passed": None},
        },
    }  # fmt: skip
    write_json(Path("data/privileged/he2ihc/index.json"), gate)
    write_json(Path("data/privileged/index.json"), {"members": {"he2ihc": gate}})
    write_json(
        Path("results/scores/translators/he2ihc.json"),
        {"status": "complete", "domains": {"in_domain": {"ssim": 0.57, "slides": 1, "tiles": 24}}},
    )


def encoders() -> None:
    members = {}
    tested = [slide[0] for slide in SLIDES if slide[4] == "test" and slide[3] == "HE"]
    for order, arm in enumerate(FEW):
        for seed in (0, 1):
            history = Path(f"models/encoders/{arm}/{seed}/history.csv")
            fall = 40 + 9 * order
            rows = [{"step": s, "encoder/total": 20 * np.exp(-s / fall) + 5 + seed} for s in range(5, 200, 5)]
            write_rows(history, [] if arm == "untrained" else rows)
            members[f"{arm}/{seed}"] = {"arm": arm, "seed": seed, "history": history.as_posix(), "steps": 195}
            generator = np.random.default_rng(10 * order + seed)
            kinds = np.tile(np.arange(TILES) % 3, len(tested))
            scores = Path(f"results/scores/encoders/{arm}/{seed}.npz")
            scores.parent.mkdir(parents=True, exist_ok=True)
            np.savez(
                scores,
                embeddings=(np.eye(8)[kinds] * 3 + generator.standard_normal((len(kinds), 8))).astype(np.float16),
                slide=np.repeat(tested, TILES),
                row=np.tile(np.arange(TILES), len(tested)),
            )
    write_json(Path("models/encoders/index.json"), {"members": members})


def figures() -> None:
    rows = []
    for arm, both in FEW.items():
        for split, (few, gain), n in zip(("in_domain", "unseen_site"), both, (46, 47), strict=True):
            old = FEW["unprivileged"][split == "unseen_site"][0]
            values = {
                "few/balanced_accuracy": few, "few/accuracy": few + 0.01, "few/auroc": few + 0.1,
                "linear/balanced_accuracy": few + 0.06, "linear/accuracy": few + 0.065, "linear/auroc": few + 0.09,
                "knn/balanced_accuracy": few + 0.03, "knn/accuracy": few + 0.035, "knn/auroc": few + 0.08,
                "few/error_reduction": (1 - old - 0.01) / (1 - few - 0.01),
            }  # fmt: skip
            for metric, value in values.items():
                rows.append(row(arm, split, metric, value, value - 0.041, value + 0.038, n))
                rows.append({**row(arm, split, metric, value, value, value, n), "seed": 0})
            if gain:
                rows.append(row(arm, split, "few/gain", *gain, n))
    write_rows(Path("results/figures.csv"), rows)
    domains = {split: {arm: {"patients": 2} for arm in FEW} for split in ("in_domain", "unseen_site")}
    write_json(Path("results/metrics.json"), {"tasks": {"tissue": domains}})
    write_json(Path("results/scores/index.json"), {"status": "complete"})


def row(arm: str, split: str, metric: str, value: float, low: float, high: float, n: int) -> dict[str, object]:
    numbers = {name: f"{number:.6g}" for name, number in (("value", value), ("ci_low", low), ("ci_high", high))}
    return {"arm": arm, "seed": "all", "task": "tissue", "split": split, "metric": metric, **numbers, "n": n}


def benchmarks() -> None:
    head = "s\th:m:s\tmax_rss\tmax_vms\n"
    for index, (name, *_) in enumerate(SLIDES):
        write_text(Path(f"benchmarks/tile/{name}.tsv"), f"{head}{3.5 + index}\t0:00:03\t{410.2 + index}\t900\n")
    write_text(Path("benchmarks/translate/he2ihc.tsv"), f"{head}142.0\t0:02:22\t1210.5\t4000\n")
    write_text(Path("benchmarks/normalize_reference.tsv"), f"{head}0.4\t0:00:00\t-\t-\n")


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else ["step"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
