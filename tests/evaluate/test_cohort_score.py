"""Painted cohorts of known worth: tissue for its masks, tissue of other masks, and training tiles given back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.manifests.cohorts import ClassCount, CohortManifest, Provenance
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.measures.interval import replicate
from pipeline.core.measures.pools import load_scores
from pipeline.core.networks.encoder import Outputs
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import write_store
from pipeline.evaluate.cohort_score import score_cohort
from pipeline.evaluate.extractor import EXTRACTOR
from tests.evaluate.conftest import make_job, write_manifest

SIZE, TILES = 32, 10
SPLITS = {"seen": "train", "other": "train", "val": "val", "test": "test"}
LABELS = {"image": TileArray(), "mask": TileArray("uint8", None), "instance": TileArray("uint16", None)}


def masks(seed):
    """uint8 (tile, y, x): four discs of class 1 or 2."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(4, SIZE - 4, (TILES, 4, 2, 1, 1))
    y, x = np.mgrid[:SIZE, :SIZE]
    near = (y - centres[:, :, 0]) ** 2 + (x - centres[:, :, 1]) ** 2 < 16
    return np.maximum(near[:, :2].any(1) * np.uint8(1), near[:, 2:].any(1) * np.uint8(2))


def tissue(mask, seed):
    """Dark nuclei on pink: uint8 (tile, y, x, 3)."""
    clean = np.where(mask[..., None] > 0, [90, 50, 130], [230, 170, 205])
    return np.clip(clean + np.random.default_rng(seed).normal(0, 6, clean.shape), 0, 255).astype(np.uint8)


def write_pair(folder, patient, split, mask, images):
    """Manifests of a slide of tissue and of its masks."""
    columns = {"xy": np.zeros((TILES, 2), np.int64), "tissue": np.ones(TILES, np.float32)}
    found = {}
    for stain in ("HE", "nuclei"):
        slide = f"{patient}-{stain}"
        facts = {"patient": patient, "site": "s", "stain": stain, "split": split}
        facts["paired_with"] = f"{patient}-HE" if stain == "nuclei" else ""
        store = Path(folder) / f"{slide}.zarr"
        white = np.repeat((mask > 0)[..., None] * np.uint8(255), 3, -1)
        labels = {"image": white, "mask": mask, "instance": (mask > 0).astype(np.uint16)}
        block, arrays = (labels, LABELS) if stain == "nuclei" else (images, {"image": TileArray()})
        write_store(store, [block], columns, facts, size=SIZE, arrays=arrays)
        made = NormalizedManifest(slide=slide, tiles=TILES, store=store, **facts)
        found[slide] = made.model_dump(mode="json")
    return found


def write_painter(*patients):
    folder = Path("models/translators/painter/0")
    made = {
        "steps": 1,
        "tiles": TILES,
        "history": folder / "history.csv",
        "folder": folder,
        "weights": {},
        "configs": {},
    }
    ends = {"source": "nuclei", "target": "HE", "method": "nasdm", "pairing": "paired"}
    painter = TranslatorManifest(translator="painter", repeat=0, patients=patients, **ends, **made)
    write_manifest(f"{folder}.json", painter)


def paint(name, mask, images, *, parts=2, patients=("seen",)):
    """A synthetic cohort of ``parts`` that are alike but for the noise."""
    members = {}
    for part in range(parts):
        members |= write_pair(f"data/synthetic/{name}/{part}", f"{name}-{part}", "train", mask, images(part))
    source = Provenance(
        cohort=name, painter="painter", painted_by="x", masks="real", masks_by="", seed=0, guidance=0.5,
        mask_guidance=None, sampler="ddim", steps=10,
    )  # fmt: skip
    counts = {
        "stroma": ClassCount(asked=20, got=18, met=16, nuclei=40),
        "none": ClassCount(asked=0, got=2, met=0, nuclei=2),
    }
    manifest = CohortManifest(
        members=members, provenance=source, patients=patients, tiles=parts * TILES, sets=(), counts=counts, exact=15,
        gates={},
    )  # fmt: skip
    write_manifest(f"data/synthetic/{name}/index.json", manifest)


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Real slides of four patients; the painter saw the first."""
    monkeypatch.chdir(tmp_path)
    members = {}
    for seed, (patient, split) in enumerate(SPLITS.items()):
        mask = masks(seed)
        members |= write_pair("data/normalized", patient, split, mask, tissue(mask, 10 + seed))
    write_manifest("data/normalized/index.json", IndexManifest(members=members))
    write_painter("seen")
    return tmp_path


class Colours(ResNetEncoder):
    """Knows two classes of tiles, the greener and the redder, and is sure of them."""

    def __init__(self):
        super().__init__(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3)

    def outputs(self, images):
        return Outputs(images.mean((2, 3)), (images,))

    def chances(self, features):
        return np.eye(2, dtype=np.float32)[(features[:, 1] > features[:, 0]).astype(int)]


def read_colours(path):
    assert path.read_text() == "weights"
    return Colours()


def figures(name, **spec):
    found, job = {}, make_job("cohorts", name, **spec)
    for score in load_scores(score_cohort(replace(job, code={**job.code, "extractor": f"{__name__}:read_colours"}))):
        assert (score.task, score.domain, score.seed) == ("cohort", "all", None)
        own = replicate(score.pool, len(score.patients))
        found |= {score.metric(metric): value[0] for metric, value in own.items()}
    return found


def test_tissue_that_was_painted_for_its_masks_is_what_real_tissue_is(study):
    mask = masks(7)
    paint("good", mask, lambda part: tissue(mask, 20 + part))
    found = figures("good")
    assert found["painted/consistency"] == pytest.approx(
        [found["real/consistency"][0]] * 3, abs=0.02
    )  # both parts, each alone
    assert found["painted/consistency"][0] > 0.9
    assert found["nearest/pixels/copied"][0] == 0
    real, painted = (found[f"{name}/{EXTRACTOR}"][0] for name in ("real_diversity/unseen_patients", "diversity"))
    assert painted == pytest.approx(real, rel=0.3)


def test_tissue_of_other_masks_is_told(study):
    mask = masks(7)
    paint("shuffled", mask[::-1], lambda part: tissue(mask, 20 + part))
    found = figures("shuffled")
    assert found["painted/consistency"][0] < 0.4 < found["real/consistency"][0]


def test_a_painter_that_gives_back_what_it_learned_is_told(study):
    """Of one training tile over and over it is told by diversity, too."""
    mask, learned = masks(0), tissue(masks(0), 10)
    paint("copies", mask, lambda part: learned)
    paint("one", mask[[3] * TILES], lambda part: learned[[3] * TILES])
    assert figures("copies")["nearest/pixels/copied"][0] == 1
    one = figures("one")
    assert one[f"nearest/{EXTRACTOR}/copied"][0] == 1
    assert one[f"diversity/{EXTRACTOR}"] == pytest.approx([0] * 3, abs=1e-6)


def test_tissue_of_another_colour_is_farther_from_real_tissue(study):
    mask = masks(7)
    paint("good", mask, lambda part: tissue(mask, 20 + part))
    paint("green", mask, lambda part: tissue(mask, 20 + part)[..., [1, 0, 2]])
    for metric in ("frechet", "kernel_distance"):
        good, green = (figures(name)[f"{metric}/unseen_patients/{EXTRACTOR}"][0] for name in ("good", "green"))
        assert green > 2 * max(good, 0.01)


def test_the_inception_score_is_the_number_of_classes_that_are_as_frequent(study):
    """Of two parts, one pink and one green: two; without either, and of real tiles: one."""
    Path("weights.pth").write_text("weights")
    mask = masks(7)
    paint("two", mask, lambda part: tissue(mask, 20 + part)[..., [[0, 1, 2], [1, 0, 2]][part]])
    found = figures("two", extractor={"inception": "weights.pth"})
    name = f"inception_{digest_file(Path('weights.pth'))[:8]}"
    assert found[f"inception_score/{name}"] == pytest.approx([2, 1, 1])
    assert found[f"real_inception_score/unseen_patients/{name}"] == pytest.approx([1])
    assert not [metric for metric in figures("two") if "inception" in metric]


def test_counts_are_what_was_asked_and_got(study):
    mask = masks(7)
    paint("good", mask, lambda part: tissue(mask, 20 + part))
    found = figures("good")
    assert (found["asked/stroma"][0], found["got/stroma"][0]) == (20, 18)
    assert found["difference/stroma"][0] == pytest.approx(-0.1)
    assert np.isnan(found["difference/none"][0])
    assert found["as_asked"][0] == 0.75


@pytest.mark.parametrize(("patients", "whose"), [(("seen", "other"), "val"), (("seen",), "unseen")])
def test_whose_real_tiles_they_are_compared_with_is_said(study, patients, whose):
    mask = masks(7)
    write_painter(*patients)
    paint("good", mask, lambda part: tissue(mask, 20 + part), patients=patients)
    found = figures("good")
    assert f"frechet/{whose}_patients/{EXTRACTOR}" in found
    assert ("nearest/pixels/copied" in found) == (whose == "unseen")  # nobody knows otherwise what a copy is


def test_a_painter_that_saw_a_test_patient_is_an_error(study):
    mask = masks(7)
    paint("good", mask, lambda part: tissue(mask, 20 + part), patients=("seen", "test"))
    with pytest.raises(ProductError, match="trained on test patients: test"):
        score_cohort(make_job("cohorts", "good"))


def test_one_part_has_figures_and_no_interval(study):
    mask = masks(7)
    paint("one", mask, lambda part: tissue(mask, 20 + part), parts=1)
    found = figures("one")
    assert len(found["painted/consistency"]) == 1
    assert found["painted/consistency"][0] > 0.9
