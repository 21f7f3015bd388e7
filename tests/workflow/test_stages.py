"""dvc.yaml, the rule files and the plan say the same."""

import copy
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.core.phases import PHASES
from pipeline.engine.closure import CODE, DECLARING, closure
from pipeline.engine.plan import Plan
from pipeline.study.sheet import read_sheet
from pipeline.study.study import Study, parse_study

ROOT = Path(__file__).parents[2]
DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text().replace("${code}/", ""))
STAGES = DVC["stages"]
DEMO = yaml.safe_load((ROOT / "params.yaml").read_text())


@pytest.fixture
def plan(monkeypatch):
    monkeypatch.chdir(ROOT)
    return make_plan(DEMO)


def make_plan(content):
    study = parse_study(content)
    return Plan(study, read_sheet(ROOT / "data/slides.csv", seed=0, test_share=0.3, made=True))


def outs(stage):
    listed = [*stage.get("outs", []), *stage.get("metrics", [])]
    return {Path(next(iter(item))): next(iter(item.values())) for item in listed}


def within(path, folders):
    return any(path.is_relative_to(folder) for folder in folders)


def test_one_stage_per_phase_calls_its_rule_file():
    assert tuple(STAGES) == PHASES
    for phase, stage in STAGES.items():
        command, name = stage["cmd"].split()
        assert command == '"workflow/phase.sh"'
        assert name == phase
        assert {"workflow/rules/common.smk", f"workflow/rules/{phase}.smk"} <= set(stage["deps"])
        assert stage["desc"]


def test_snakemake_decides_inside_a_phase():
    assert all(options["persist"] for stage in STAGES.values() for options in outs(stage).values())


def test_the_headline_is_in_git_and_the_only_metric():
    assert [stage["metrics"] for stage in STAGES.values() if "metrics" in stage] == [
        [{"results/metrics.json": {"cache": False, "persist": True}}]
    ]
    ignored = ["git", "check-ignore", "--no-index", "-q"]
    assert subprocess.run([*ignored, "results/figures.csv"], cwd=ROOT, check=False).returncode == 0
    assert subprocess.run([*ignored, "results/metrics.json"], cwd=ROOT, check=False).returncode == 1


def test_plots_and_artifacts_are_products():
    products = [out for stage in STAGES.values() for out in outs(stage)]
    drawn = [file for plot in DVC["plots"] for options in plot.values() for file in options["y"]]
    kept = [artifact["path"] for artifact in DVC["artifacts"].values()]
    assert all(within(Path(path), products) for path in (*drawn, *kept))
    templates = {options["template"] for plot in DVC["plots"] for options in plot.values()}
    assert templates == {path.stem for path in (ROOT / ".dvc/plots").iterdir()}


@pytest.mark.parametrize("phase", PHASES)
def test_products_lie_in_the_stages_outs(plan, phase):
    for job in plan.phase(phase):
        for name, path in job.outputs.items():
            assert within(path, outs(STAGES[phase])) or name == "costs", path  # they change with the clock


@pytest.mark.parametrize("phase", PHASES)
def test_dvc_watches_all_that_a_phase_reads_and_the_stores_that_manifests_stand_for(plan, phase):
    made = {path for job in plan.phase(phase) for path in job.outputs.values()}
    for path in {path for job in plan.phase(phase) for path in job.files()} - made:
        assert within(path, STAGES[phase]["deps"]), path


@pytest.mark.parametrize("phase", PHASES)
def test_dvc_watches_all_code_that_a_phase_can_reach(plan, phase):
    reached = {f"{CODE.name}.{part}" for part in DECLARING}  # they say which jobs there are
    for job in plan.phase(phase):
        reached |= closure(target.partition(":")[0] for target in job.code.values())
    files = [Path(*name.split(".")) for name in reached if name != CODE.name]
    assert all(within(path, STAGES[phase]["deps"]) for path in files), files


@pytest.mark.parametrize(
    "study", ["params.yaml", *(f"workflow/studies/{p.name}" for p in (ROOT / "workflow/studies").glob("*.yaml"))]
)
def test_a_study_has_every_key_that_dvc_watches(study):
    content = yaml.safe_load((ROOT / study).read_text())
    for key in {key for stage in STAGES.values() for key in stage["params"]}:
        section = content
        for part in key.split("."):
            section = section[part]


CHANGES = {
    "seed": 1,
    "stains": {"HE": {"kind": "light", "channels": [2, 1, 0]}, "nuclei": {"kind": "fluorescence"}},
    "tile.mpp": 0.75,
    "normalize.method": "none",
    "translate.he2ihc_cyclegan.steps": 7,
    "translate.he2ihc_cyclegan.target": "nuclei",
    "translate.he2ihc_cyclegan.repeats": 2,
    "translate.he2ihc_cyclegan.pairs": 2,
    "translate.he2ihc_cyclegan.held_back": 0.4,
    "synthesize.batch": 7,
    "synthesize.gates.min_agreement": 0.2,
    "pretrain.epochs": 7,
    "pretrain.arms.real.control": "shuffled",
    "pretrain.arms.real.pairs": 2,
    "pretrain.arms.real.length": "epochs",
    "pretrain.seeds": [7],
    "evaluate.draws": 7,
    "evaluate.tasks.tissue": {"kind": "stain", "stain": "IHC"},
    "report.title": "x",
}


@pytest.mark.parametrize("key", CHANGES)
def test_a_params_change_reaches_its_stages_and_their_params(plan, key):
    content = copy.deepcopy(DEMO)
    section = content
    *above, last = key.split(".")
    for part in above:
        section = section.setdefault(part, {})
    section[last] = CHANGES[key]
    after = make_plan(content)
    for phase in PHASES:
        if {k: j.to_json() for k, j in after.jobs.items() if j.phase == phase} != {
            k: j.to_json() for k, j in plan.jobs.items() if j.phase == phase
        }:
            assert any(f"{key}.".startswith(f"{watched}.") for watched in STAGES[phase]["params"]), phase


PAINTED = {
    "translate": {
        "painter": {"method": "nasdm", "source": "nuclei", "target": "HE", "pairing": "paired"},
        "maker": {"method": "masks", "target": "nuclei"},
    },
    "cohorts": {"more": {"painter": "painter", "masks": "maker", "tiles": 300}},
    "arm": {"objective": "unprivileged", "loss": "vicreg", "cohorts": ["real", "more"]},
}


def with_painted(**changes):
    """The demo with a synthetic cohort that an arm learns from."""
    content = copy.deepcopy(DEMO)
    content["translate"] |= PAINTED["translate"]
    content.setdefault("synthesize", {})["cohorts"] = {"more": {**PAINTED["cohorts"]["more"], **changes}}
    content["pretrain"]["arms"]["painted"] = PAINTED["arm"]
    for name in PAINTED["translate"]:
        content["translate"][name]["options"] = {"mult": [1, 2], "attention": [], "width": 8}
    return make_plan(content)


@pytest.mark.parametrize("phase", PHASES)
def test_painted_tiles_keep_to_the_stages(plan, phase):
    painted = with_painted()
    test_products_lie_in_the_stages_outs(painted, phase)
    test_dvc_watches_all_that_a_phase_reads_and_the_stores_that_manifests_stand_for(painted, phase)
    test_dvc_watches_all_code_that_a_phase_can_reach(painted, phase)


def test_more_painted_tiles_reach_what_learns_from_them(plan):
    before, after = with_painted(), with_painted(tiles=400)
    new = {
        key: job
        for key, job in after.jobs.items()
        if key not in before.jobs or before.jobs[key].to_json() != job.to_json()
    }
    assert {job.rule for job in new.values()} == {"synthesize_plan", "synthesize_part", "report"}
    assert [key for key in new if key[0] == "synthesize_part"] == [("synthesize_part", "more", "part-001")]
    assert "synthesize" in STAGES["pretrain"]["params"]


def with_segmenters(**changes):
    return make_plan(segmenting(**changes))


def segmenting(**changes):
    """The demo with segmenters of real and painted tiles, and on an encoder."""
    content = copy.deepcopy(DEMO)
    content["translate"] |= copy.deepcopy(PAINTED["translate"])
    content["synthesize"]["cohorts"] = copy.deepcopy(PAINTED["cohorts"])
    for name in PAINTED["translate"]:
        content["translate"][name]["options"] = {"mult": [1, 2], "attention": [], "width": 8}
    arms = {
        "real": {"method": "unet"},
        "added": {"method": "unet", "train": {"real": 0.5, "more": 0.5}},
        "frozen": {"method": "decoder", "encoder": "unprivileged"},
        "hover": {"method": "hovernet"},
    }
    content["segment"] = {"arms": {**arms, **changes.pop("arms", {})}, "baseline": "real", **changes}
    return content


def changed_rules(before, after):
    new = {k: j for k, j in after.jobs.items() if k not in before.jobs or before.jobs[k].to_json() != j.to_json()}
    return {(job.rule, *job.key) for job in new.values()}


@pytest.mark.parametrize("phase", PHASES)
def test_segmenters_keep_to_the_stages(phase):
    made = with_segmenters()
    test_products_lie_in_the_stages_outs(made, phase)
    test_dvc_watches_all_that_a_phase_reads_and_the_stores_that_manifests_stand_for(made, phase)
    test_dvc_watches_all_code_that_a_phase_can_reach(made, phase)


def test_an_arm_of_segmenters_makes_nothing_of_another_anew():
    own = {"added": {"method": "unet", "train": {"real": 0.5, "more": 0.25}}}
    changed = changed_rules(with_segmenters(), with_segmenters(arms=own))
    assert changed == {*(("segment", "added", str(seed)) for seed in range(3)), ("report",)}


def test_what_segmenters_are_compared_with_trains_nothing():
    changed = changed_rules(with_segmenters(), with_segmenters(baseline="hover"))
    assert {rule for rule, *_ in changed} == {"evaluate", "report"}


def test_a_study_without_segmenters_has_no_job_of_them(plan):
    assert [job.rule for job in plan.phase("segment")] == ["segment_index"]
    assert not any("segmenter" in job.rule for job in plan.phase("evaluate"))


@pytest.mark.parametrize(
    ("key", "value"),
    [("segment.steps", 7), ("segment.seeds", [1]), ("pretrain.lr", 0.1), ("synthesize.cohorts.more.tiles", 400)],
)
def test_a_change_reaches_the_stages_of_segmenters(key, value):
    content = segmenting()
    section = content
    *above, last = key.split(".")
    for part in above:
        section = section[part]
    section[last] = value
    phases = {make_plan(content).rules[rule].phase for rule, *_ in changed_rules(with_segmenters(), make_plan(content))}
    for phase in phases:
        assert any(f"{key}.".startswith(f"{watched}.") for watched in STAGES[phase]["params"]), phase


def test_epochs_touch_pretrain_and_the_page_only(plan):
    content = copy.deepcopy(DEMO)
    content["pretrain"]["epochs"] = 7
    after = make_plan(content)
    changed = {job.rule for key, job in plan.jobs.items() if after.jobs[key].to_json() != job.to_json()}
    assert changed == {"pretrain", "report"}


def test_what_an_arm_is_compared_with_trains_nothing(plan):
    content = copy.deepcopy(DEMO)
    content["pretrain"]["arms"]["cyclegan"]["against"] = ["real"]
    after = make_plan(content)
    changed = {job.rule for key, job in plan.jobs.items() if after.jobs[key].to_json() != job.to_json()}
    assert changed == {"evaluate", "report"}


def test_the_rule_files_hold_every_rule_of_the_plan_with_its_checkpoints():
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    found = {name: kind == "checkpoint" for kind, name in re.findall(r"^(rule|checkpoint) (\w+):", text, re.MULTILINE)}
    phases = {f"{phase}_all": False for phase in PHASES}  # what a phase comes to
    assert found == {rule.name: rule.checkpoint for rule in Study.rules()} | phases


def test_a_dry_run_finds_every_job(plan, tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("params.yaml", "data/slides.csv"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    snakemake = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "-d", tmp_path, "-n", "--quiet", "rules"]
    run = subprocess.run(snakemake, capture_output=True, text=True, check=True)
    total = next(line for line in run.stdout.splitlines() if line.startswith("total"))
    assert int(total.split()[1]) == len(plan.jobs) + 1
