"""dvc.yaml, the rule files and the plan say the same."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.engine.plan import Plan
from pipeline.study.sheet import read_sheet
from pipeline.study.study import PHASES, parse_study

ROOT = Path(__file__).parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
DEMO = yaml.safe_load((ROOT / "params.yaml").read_text())


@pytest.fixture
def plan(monkeypatch):
    monkeypatch.chdir(ROOT)
    return make_plan(DEMO)


def make_plan(content):
    study = parse_study(content)
    return Plan(study, read_sheet(ROOT / "data/slides.csv", seed=0, test_share=0.3, made=True))


def outs(stage):
    listed = [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]
    return {Path(next(iter(item))): next(iter(item.values())) for item in listed}


def test_one_stage_per_phase_calls_its_rule_file():
    assert tuple(STAGES) == PHASES
    for phase, stage in STAGES.items():
        command, name, out = stage["cmd"].split()
        assert command == "workflow/phase.sh"
        assert name == phase
        assert Path(out) in outs(stage)
        code = {"pipeline/core", f"pipeline/{phase}", "workflow/rules/common.smk", f"workflow/rules/{phase}.smk"}
        assert code <= set(stage["deps"])
        assert all((ROOT / path).exists() for path in code)


def test_snakemake_decides_inside_a_phase():
    assert all(options["persist"] for stage in STAGES.values() for options in outs(stage).values())


@pytest.mark.parametrize("phase", PHASES)
def test_products_lie_in_the_stages_outs(plan, phase):
    for job in plan.phase(phase):
        assert any(job.manifest.is_relative_to(out) for out in outs(STAGES[phase])), job.manifest


@pytest.mark.parametrize("phase", PHASES)
def test_dvc_watches_all_that_the_rules_read(plan, phase):
    """An index stands for the members of its phase: it holds their digests."""
    made = {job.manifest for job in plan.phase(phase)}
    deps = {Path(dep) for dep in STAGES[phase]["deps"]}
    vouched = {dep.parent for dep in deps if dep.name == "index.json"}
    for path in {path for job in plan.phase(phase) for path in job.inputs} - made:
        assert path in deps or any(path.is_relative_to(folder) for folder in vouched), path


CHANGES = {
    "seed": 1,
    "tile.mpp": 0.75,
    "normalize.method": "none",
    "translate.he2ihc_cyclegan.steps": 7,
    "synthesize.batch": 7,
    "synthesize.gates.min_agreement": 0.2,
    "pretrain.epochs": 7,
    "pretrain.arms.real.control": "shuffled",
    "pretrain.seeds": [7],
    "evaluate.draws": 7,
    "evaluate.tasks.tissue.fraction": 0.5,
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


def test_epochs_touch_pretrain_and_the_page_only(plan):
    content = copy.deepcopy(DEMO)
    content["pretrain"]["epochs"] = 7
    after = make_plan(content)
    changed = {job.rule for key, job in plan.jobs.items() if after.jobs[key].to_json() != job.to_json()}
    assert changed == {"pretrain", "report"}


def test_what_an_arm_is_compared_with_trains_nothing(plan):
    content = copy.deepcopy(DEMO)
    content["pretrain"]["arms"]["cyclegan"]["against"] = "real"
    after = make_plan(content)
    changed = {job.rule for key, job in plan.jobs.items() if after.jobs[key].to_json() != job.to_json()}
    assert changed == {"evaluate", "report"}


def test_the_rule_files_hold_every_rule_of_the_plan(plan):
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    rules = {line.split()[1].rstrip(":") for line in text.splitlines() if line.startswith("rule ")}
    assert rules == {job.rule for job in plan.jobs.values()}


def test_a_dry_run_finds_every_job(plan, tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("params.yaml", "data/slides.csv"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    snakemake = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "-d", tmp_path, "-n", "--quiet", "rules"]
    run = subprocess.run(snakemake, capture_output=True, text=True, check=True)
    total = next(line for line in run.stdout.splitlines() if line.startswith("total"))
    assert int(total.split()[1]) == len(plan.jobs) + 1
