"""What Snakemake is told of the demo's rules."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from pipeline.core.errors import StudyError
from pipeline.core.files import write_json
from pipeline.engine import agent
from pipeline.engine.command import DIGEST, LONGEST, argument
from pipeline.engine.file_digests import file_digest
from pipeline.engine.plan import Plan
from pipeline.engine.recipe import recipe_path
from pipeline.engine.rules import Rules
from pipeline.study.sheet import read_sheet
from pipeline.study.study import parse_study

ROOT = Path(__file__).parents[2]
REFERENCE = Path("data/normalized/reference.json")


def ancient(path):
    return f"ancient {path}"


@pytest.fixture
def rules(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = parse_study(yaml.safe_load((ROOT / "params.yaml").read_text()))
    return Rules(Plan(study, read_sheet(ROOT / "data/slides.csv", seed=0, test_share=0.3, made=True)), ancient)


@pytest.fixture
def folded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = parse_study({**yaml.safe_load((ROOT / "params.yaml").read_text()), "folds": 3})
    return Rules(Plan(study, read_sheet(ROOT / "data/slides.csv", seed=0, test_share=0.3, made=True)), ancient)


def asked(rules, rule, *key):
    return {name: files(key) for name, files in rules.inputs(rule).items()}


def test_inputs_have_the_names_of_the_job_and_groups_are_lists(rules):
    assert asked(rules, "normalize", "A1-HE") == {
        "tile": "data/tiles/A1-HE.json",
        "fit": "data/normalized/fits/A1-HE.json",
        "reference": "data/normalized/reference.json",
        "model": [],
    }
    members = asked(rules, "tile_index")["members"]
    assert members == [f"data/tiles/{slide}.json" for slide in rules.plan.slides]


def test_outputs_are_patterns_sidecars_first(rules):
    assert list(rules.outputs("report", page=str.upper).items()) == [
        ("manifest", "results/report/index.json"),
        ("recipe", "results/report/index.recipe.json"),
        ("page", "RESULTS/REPORT/INDEX.HTML"),
    ]
    assert rules.outputs("pretrain")["manifest"] == "models/encoders/{arm}/{seed}.json"
    assert rules.outputs("synthesize")["manifest"] == "data/privileged/{translator}/{repeat}/{slide}.json"


def test_a_gate_reads_its_translator_and_every_view(rules):
    read = asked(rules, "synthesize_gate", "he2ihc_cyclegan", "0")
    assert read["translator"] == "models/translators/he2ihc_cyclegan/0.json"
    sources = [name for name, slide in rules.plan.slides.items() if slide.stain == "HE"]
    assert read["members"] == [f"data/privileged/he2ihc_cyclegan/0/{name}.json" for name in sources]


def test_a_choice_that_the_product_was_made_with_has_no_date(rules):
    job = rules.plan.job("normalize", "A1-HE")
    write_json(REFERENCE, {"slide": "A2-HE"})
    assert asked(rules, "normalize", "A1-HE")["reference"] == REFERENCE.as_posix()
    write_json(job.manifest, {})
    write_json(recipe_path(job.manifest), {"inputs": {REFERENCE.as_posix(): file_digest(REFERENCE)}})
    assert asked(rules, "normalize", "A1-HE")["reference"] == ancient(REFERENCE.as_posix())
    assert asked(rules, "normalize", "A1-HE")["tile"] == "data/tiles/A1-HE.json"
    write_json(REFERENCE, {"slide": "A3-HE"})
    assert asked(rules, "normalize", "A1-HE")["reference"] == REFERENCE.as_posix()


def test_the_index_waits_for_the_choice(rules):
    assert REFERENCE.as_posix() in asked(rules, "normalize_index")["kept"]


@pytest.mark.parametrize(
    ("pattern", "matched", "other"),
    [
        ("data/tiles/{slide}.json", ["a", "a.1", "index.1", "indexed"], ["index", "a.recipe", "index.recipe", "b/c"]),
        ("data/normalized/{slide}.json", ["a", "references"], ["reference", "index", "model", "fits/a"]),
        ("data/privileged/x/0/{slide}.json", ["a", "0"], ["index", "a.recipe", "b/c"]),
        ("models/translators/x/{repeat}.json", ["0", "12"], ["0.recipe", "0/samples"]),
    ],
)
def test_names_are_not_those_of_the_pipelines_own_files(rules, pattern, matched, other):
    folder, wildcard = re.fullmatch(r"(.*)\{(\w+)\}\.json", pattern).groups()
    regex = re.compile(f"{folder}({rules.constraints()[wildcard]})\\.json$")
    assert [name for name in (*matched, *other) if regex.match(f"{folder}{name}.json")] == matched


def test_names_of_ten_thousand_slides_make_no_long_pattern(rules):
    assert all(len(pattern) < 100 for pattern in rules.constraints().values())


def test_a_long_job_is_told_by_its_digest(rules):
    short = rules.plan.job("tile", "A1-HE")
    assert argument(short) == short.to_json() == rules.spec("tile")(["A1-HE"])
    long = SimpleNamespace(to_json=lambda: "x" * (LONGEST + 1))
    assert argument(long).startswith(DIGEST)
    assert len(argument(long)) < 100


def test_the_digest_of_code_is_that_of_the_job(rules):
    digests = {arm: rules.code("pretrain")([arm, "0"]) for arm in ("untrained", "real", "cyclegan", "supervised")}
    assert digests["real"] == digests["cyclegan"]
    assert len(set(digests.values())) == 3


def test_a_rule_of_every_fold_has_the_fold_as_a_wildcard(folded):
    assert folded.outputs("pretrain")["manifest"] == "models/encoders/{fold}/{arm}/{seed}.json"
    assert folded.outputs("normalize_reference")["manifest"] == "data/normalized/{fold}/reference.json"
    assert folded.log("pretrain") == "logs/pretrain/{fold}/{arm}/{seed}.log"
    assert folded.benchmark("normalize_reference") == "benchmarks/normalize_reference/{fold}.tsv"
    assert re.fullmatch(folded.constraints()["fold"], "fold-12")
    assert asked(folded, "pretrain", "fold-1", "unprivileged", "0")["cohort"] == "data/normalized/fold-1/index.json"


def test_what_is_made_once_has_no_fold(folded):
    assert folded.outputs("tile")["manifest"] == "data/tiles/{slide}.json"
    assert folded.outputs("evaluate")["manifest"] == "results/scores/index.json"
    assert folded.log("evaluate") == "logs/evaluate.log"
    assert len(asked(folded, "evaluate")["normalization"]) == 3
    assert asked(folded, "report")["encoders"] == "models/encoders/fold-0/index.json"


def test_a_study_without_folds_has_no_such_wildcard(rules):
    assert "fold" not in rules.constraints()
    assert rules.log("synthesize") == "logs/synthesize/{translator}/{repeat}/{slide}.log"


def test_a_phase_comes_to_its_index_of_every_fold(rules, folded):
    places = ("index.json", "trials/index.json")
    assert rules.plan.phase_targets("normalize") == [f"data/normalized/{place}" for place in places]
    assert folded.plan.phase_targets("normalize") == [
        f"data/normalized/fold-{fold}/{place}" for fold in range(3) for place in places
    ]
    assert rules.plan.phase_targets("evaluate") == folded.plan.phase_targets("evaluate")
    assert set(rules.plan.targets()) >= {"results/report/index.html", "models/encoders/index.json"}


def test_devices_are_asked_for_by_what_is_to_be_made_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(agent, "devices", lambda: ("GPUs", 1))
    content = yaml.safe_load((ROOT / "params.yaml").read_text())
    content["pretrain"]["devices"] = 2
    sheet = read_sheet(ROOT / "data/slides.csv", seed=0, test_share=0.3, made=True)
    rules = Rules(Plan(parse_study(content), sheet), ancient)
    rules.require_devices([])
    rules.require_devices(["data/tiles/A1-HE.json", "models/encoders/untrained/0.json"])
    with pytest.raises(StudyError, match="expected 2 devices on this machine, found 1 GPUs"):
        rules.require_devices(["data/tiles/A1-HE.json", "models/encoders/real/0.json"])
