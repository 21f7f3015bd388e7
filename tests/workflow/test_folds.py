"""A study with folds, run job by job: nobody is tested by what has seen them."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.core.files import read_json
from pipeline.core.manifests.trial import TrialManifest
from pipeline.core.measures.figures import read_figures
from pipeline.core.measures.histogram import otsu
from pipeline.core.store.store import TileStore
from pipeline.core.tasks.positive import counts
from pipeline.engine.plan import Plan
from pipeline.engine.run import run
from pipeline.study.sheet import write_sheet

from .conftest import ROOT, TINY, slides

pytestmark = pytest.mark.slow

FOLDS = 2
SITES = dict(zip("abcde", "xxyyx", strict=True))
TRIALS = {
    "reinhard": {"method": "reinhard"},
    "saasn": {
        "method": "saasn",
        "options": {"ngf": 4, "downs": 3, "ndf": 4, "pool": 4, "attention": 4},
        "training": {"steps": 2, "batch": 2},
    },
}
STUDY = {
    **TINY,
    "folds": FOLDS,
    "tile": {**TINY["tile"], "phantom": {"size": 768}},
    "normalize": {"trials": TRIALS, "per_slide": 8},
    "pretrain": {
        **TINY["pretrain"],
        "arms": {
            "floor": {"objective": "untrained"},
            "plain": {"objective": "unprivileged", "loss": "vicreg"},
            "own": {"objective": "trident", "loss": "vicreg", "privileged": "self"},
            "synthetic": {"objective": "trident", "loss": "vicreg", "privileged": "he2ihc"},
        },
        "untrained": 1,
    },
}
STUDY["translate"] = {"he2ihc": {**TINY["translate"]["he2ihc"], "held_back": 0.4}}
BROWN = {"kind": "stain_share", "stain": "IHC", "channel": 0, "threshold": "auto"}
STUDY["evaluate"] = {**TINY["evaluate"], "tasks": {"tissue": {"kind": "annotation"}, "brown": BROWN}}


@pytest.fixture(scope="module")
def folded(tmp_path_factory):
    """The folder of a finished study of five patients of two sites, and its plan; all of them have registered IHC."""
    folder = tmp_path_factory.mktemp("folded")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("params.yaml").write_text(yaml.safe_dump(STUDY))
        rows = []
        for patient in "abcde":
            he = next(iter(slides(patient, "data/phantom"))).changed(site=SITES[patient])
            name = f"{patient}-IHC"
            ihc = {"slide_id": name, "path": f"data/phantom/{name}.tif", "stain": "IHC", "paired_with": he.slide_id}
            rows += [he, he.changed(**ihc, annotations="")]
        write_sheet(Path("data/slides.csv"), rows)
        plan = Plan.here()
        for job in plan.jobs.values():
            run(job)
    return folder, plan


def held_out(plan, folder, fold):
    """Patients that a fold tests, by what its normalised slides say."""
    members = read_json(folder / f"data/normalized/{fold}/index.json")["members"].values()
    return {member["patient"] for member in members if member["split"] == "test"}


def test_every_patient_is_tested_once(folded):
    folder, plan = folded
    parts = [held_out(plan, folder, f"fold-{fold}") for fold in range(FOLDS)]
    assert sorted(patient for part in parts for patient in part) == list("abcde")


def test_what_tests_a_patient_has_not_seen_them(folded):
    """Every patient in turn is the one who must not be found."""
    folder, plan = folded
    owners = {
        member["slide"]: member["patient"] for member in read_json(folder / "data/tiles/index.json")["members"].values()
    }
    looked = 0
    for job in plan.jobs.values():
        if not job.fold or job.phase == "evaluate":
            continue
        content = read_json(folder / job.manifest)
        seen = set(content.get("patients", []))
        if job.rule == "normalize_reference":
            seen = {owners[content["slide"]], *(owners[name] for name in job.groups["fits"])}
        assert not seen & held_out(plan, folder, job.fold), job.manifest
        looked += bool(seen)
    # a reference, a normaliser that is tried, a translator, its gate and four encoders each
    assert looked == FOLDS * (1 + 1 + 1 + 1 + 4)


@pytest.mark.parametrize("trial", TRIALS)
def test_a_trial_is_judged_in_every_fold_by_what_its_patients_did_not_teach(folded, trial):
    folder, plan = folded
    for fold in (f"fold-{number}" for number in range(FOLDS)):
        tested = held_out(plan, folder, fold)
        made = TrialManifest.read(folder / plan.job("normalize_trial", fold, trial, "0").manifest)
        assert {s.patient for s in made.slides if s.split == "test"} == tested
        learned = {s.patient for s in made.slides if s.split == "train"}
        assert learned == set("abcde") - tested
        if trial == "saasn":
            model = read_json(folder / f"data/normalized/{fold}/trials/saasn/models/0.json")
            assert set(model["patients"]) == learned
            assert {SITES[patient] for patient in learned} == {made.reference, *model["sources"]} == {"x", "y"}
        else:
            assert made.reference in {s.slide for s in made.slides if s.patient in learned}
        assert (folder / f"results/scores/{fold}/normalizers/{trial}.npz").is_file()
    rows = [row for row in read_figures(folder / "results/figures.csv") if row.arm == trial]
    assert {row.task for row in rows} == {"normalize"}
    assert all(0 < row.value <= 1 for row in rows if row.metric == "ssim")
    assert "ssim" in {row.metric for row in rows}


def test_a_threshold_is_that_of_the_training_patients(folded):
    folder, plan = folded
    for fold in (f"fold-{number}" for number in range(FOLDS)):
        members = read_json(folder / f"data/normalized/{fold}/index.json")["members"].values()
        learned = [m for m in members if m["stain"] == "IHC" and m["patient"] not in held_out(plan, folder, fold)]
        total = sum(counts(TileStore(folder / m["store"]), BROWN["channel"]).sum(0) for m in learned)
        scored = read_json(folder / f"results/scores/{fold}/encoders/plain.json")
        assert scored["targets"]["brown"]["threshold"] == otsu(total)


def test_figures_are_those_of_all_patients(folded):
    folder, _ = folded
    summary = read_json(folder / "results/scores/index.json")
    domains = summary["tested"]["tissue"]["domains"]
    assert sum(extent["patients"] for extent in domains.values()) == 5
    arms = {row.arm for row in read_figures(folder / "results/figures.csv") if row.task == "tissue"}
    assert arms == {"floor", "plain", "own", "synthetic", "colour"}
    assert {(v["arm"], v["kind"]) for v in summary["verdicts"]} >= {
        ("synthetic", "headline"),
        ("synthetic", "published"),
    }


def test_snakemake_has_nothing_left_to_do(folded):
    folder, _ = folded
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "-d", folder, "-n"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Nothing to be done" in done.stdout + done.stderr, (done.stdout + done.stderr)[-3000:]
