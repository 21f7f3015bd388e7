import copy
import importlib
from pathlib import Path
from typing import get_args

import pytest
import yaml

from pipeline.core.errors import StudyError
from pipeline.core.phases import PHASES
from pipeline.pretrain.vicreg import FORMS
from pipeline.study import encoders, normalize, objectives, task, translate
from pipeline.study.mistakes import MistakesError
from pipeline.study.objective_options import VICRegOptions
from pipeline.study.study import MODULES, Study, load_study, parse_study

ROOT = Path(__file__).parents[2]
DEMO = yaml.safe_load((ROOT / "params.yaml").read_text())


REAL = {"objective": "trident", "loss": "vicreg", "privileged": "real/nuclei"}


def changed(path, value):
    content = copy.deepcopy(DEMO)
    section = content
    *above, last = path.split(".")
    for part in above:
        section = section[part]
    section[last] = value
    return content


def test_sections_are_the_phases_beside_seed_folds_and_stains():
    assert tuple(Study.model_fields) == ("seed", "folds", "stains", *PHASES)
    assert set(DEMO) == set(Study.model_fields)


@pytest.mark.parametrize("section", PHASES)
def test_every_phase_says_the_same_things(section):
    module = MODULES[section]
    assert all(callable(getattr(module, name)) for name in ("jobs", "check_params", "check_sheet"))
    assert {rule.phase for rule in module.RULES} == {section}


def test_a_study_may_be_a_part():
    study = parse_study({"tile": {"mpp": 1.0}})
    assert (study.seed, study.translate, study.pretrain.arms, study.evaluate.tasks) == (0, {}, {}, {})


@pytest.mark.parametrize("section", ["stains", *PHASES])
def test_an_empty_section_is_as_one_that_is_not_there(section):
    assert parse_study({section: None}) == parse_study({})


def test_a_wrong_type_hides_no_other_mistake():
    content = changed("evaluate.few", 0)
    content["translate"]["he2ihc_cyclegan"]["method"] = "zz"
    content["tile"]["max_tissue"] = 0.1
    with pytest.raises(MistakesError) as error:
        parse_study(content)
    assert [found.where.rpartition(" ")[2] for found in error.value.errors] == [
        "evaluate.few",
        "tile.max_tissue",
        "translate.he2ihc_cyclegan.method",
    ]


@pytest.mark.parametrize(
    ("path", "value", "where", "fix"),
    [
        ("pretrain.epoch", 5, "pretrain.epoch", "epochs"),
        ("tile.mpp", -1, "tile.mpp", "the default is 0.5"),
        ("tile.max_tissue", 0.3, "tile.max_tissue", "lower tile.min_tissue"),
        ("normalize.method", "stainfix", "normalize.method", "macenko"),
        ("translate.he2ihc_cyclegan.method", "cyclegn", "translate.he2ihc_cyclegan", "pix2pix"),
        ("translate.he2ihc_cyclegan.options", {"nfg": 8}, "translate.he2ihc_cyclegan.options.nfg", "ngf"),
        ("normalize.options", {"mask": "men"}, "normalize.options.mask", "'mean', 'any'"),
        ("pretrain.arms.real.options", {"heads": "per_encodr"}, "arms.real.options.heads", "'per_encoder', 'per_pair'"),
        ("pretrain.arms.real.loss_options", {"mode": "relased"}, "real.loss_options.mode", "'released', 'pairwise'"),
        ("translate.he2ihc_cyclegan.options", {"ngf": "8"}, "options.ngf", "64"),
        (
            "translate.he2nuclei_pix2pix.pairing",
            "unpaired",
            "translate.he2nuclei_pix2pix.pairing",
            "set pairing: paired",
        ),
        ("pretrain.seeds", [0, 0], "pretrain.seeds", "each value may occur once"),
        ("pretrain.seeds", [-1], "pretrain.seeds.0", "greater than or equal to 0"),
        ("pretrain.batch", 1, "pretrain.batch", "the default is 256"),
        ("pretrain.precision", "16-mixed", "pretrain.precision", "bf16-mixed"),
        ("pretrain.arms.cyclegan.privileged", "he2ihc", "pretrain.arms.cyclegan.privileged", "he2ihc_cyclegan"),
        ("pretrain.arms.cyclegan.loss", None, "pretrain.arms.cyclegan.loss", "vicreg"),
        ("pretrain.arms.unprivileged.privileged", "real/IHC", "unprivileged.privileged", "he2nuclei_pix2pix"),
        ("pretrain.arms.supervised.task", "grade", "supervised.task", "tissue"),
        ("pretrain.arms.real.against", ["reel"], "pretrain.arms.real.against", "supervised"),
        ("pretrain.arms.real.against", ["real"], "pretrain.arms.real.against", "supervised"),
        ("pretrain.arms.unprivileged.control", "blank", "unprivileged.control", "siamese, trident"),
        ("pretrain.arms.real.task", "tissue", "real.task", "supervised"),
        ("pretrain.arms.untrained.only_with", "IHC", "untrained.only_with", "remove it"),
        ("pretrain.arms.supervised.loss", "vicreg", "supervised.loss", "remove it"),
        ("pretrain.arms.index", {"objective": "untrained"}, "pretrain.arms.index", "rename it"),
        ("pretrain.arms.colour", {"objective": "untrained"}, "pretrain.arms.colour", "rename it"),
        ("translate.index", DEMO["translate"]["he2ihc_cyclegan"], "translate.index", "rename it"),
        ("translate.real", DEMO["translate"]["he2ihc_cyclegan"], "translate.real", "rename it"),
        ("pretrain.arms", {}, "evaluate.baseline", "there are no arms"),
        ("pretrain.arms.real.privileged", "", "pretrain.arms.real.privileged", "it is empty"),
        ("stains", {"HE": {"kind": "light", "channels": []}}, "stains.HE.channels", "it is empty"),
        ("translate.he2ihc_cyclegan.target", "HE", "he2ihc_cyclegan.target", "name two stains"),
        ("normalize", {"method": "none", "options": {"io": 1}}, "normalize.options.io", "known: none"),
        ("tile.pens", "yes", "tile.pens", "write true"),
        ("pretrain.seeds", [], "pretrain.seeds", "it is empty"),
        ("evaluate.few_patients", 0, "evaluate.few_patients", "the default is 5"),
        ("evaluate.heads", ["linear", "svm"], "evaluate.heads.1", "'linear', 'knn', 'mlp'"),
        ("evaluate.heads", ["knn", "knn"], "evaluate.heads", "each value may occur once"),
        ("evaluate.strata", [0.5, 0], "evaluate.strata.1", "correct it"),
        ("evaluate.strata", [0.5, 0.5], "evaluate.strata", "each value may occur once"),
        (
            "evaluate.tasks.tissue",
            {"kind": "grade"},
            "evaluate.tasks.tissue.kind",
            "annotation, count, stain, stain_share",
        ),
        ("evaluate.tasks.tissue.channel", 1, "evaluate.tasks.tissue.channel", "known: none"),
        ("evaluate.tasks.tissue", {"kind": "stain"}, "evaluate.tasks.tissue.stain", "add it"),
        ("evaluate.tasks.tissue", {"kind": "stain", "stain": "IHC", "threshold": "otsu"}, "tissue.threshold", "128"),
        ("evaluate.tasks.tissue", {"kind": "stain", "stain": "IHC", "threshold": 256}, "tissue.threshold", "128"),
        ("evaluate.tasks.tissue", {"kind": "stain", "stain": "IHC", "fraction": 2}, "tissue.fraction", "0.05"),
        ("stains", {"HE": {"kind": "lite"}}, "stains.HE.kind", "light"),
        ("translate.he2ihc_cyclegan.options", {"ngf": 0}, "options.ngf", "64"),
        ("translate.he2ihc_cyclegan.options", {"blocks": True}, "options.blocks", "9"),
        ("translate.he2nuclei_pix2pix.options", {"downs": 7}, "he2nuclei_pix2pix.options", "a multiple of 128"),
        ("pretrain.arms.real", {**REAL, "loss": "infonce", "loss_options": {"temperature": 0}}, "temperature", "0.5"),
        ("pretrain.lr", True, "pretrain.lr", "0.0001"),
        ("evaluate.baseline", "none", "evaluate.baseline", "unprivileged"),
    ],
)
def test_mistakes_name_the_key_and_what_is_allowed(path, value, where, fix):
    with pytest.raises(StudyError) as error:
        parse_study(changed(path, value))
    assert where in error.value.where
    assert fix in str(error.value)
    assert len(str(error.value).splitlines()) <= 4


def test_missing_file_and_bad_yaml(tmp_path):
    with pytest.raises(StudyError, match="no study here"):
        load_study(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_text("a: [")
    with pytest.raises(StudyError, match="not valid YAML"):
        load_study(tmp_path / "params.yaml")


TABLES = (
    normalize.METHODS,
    translate.METHODS,
    objectives.OBJECTIVES,
    objectives.LOSSES,
    encoders.FAMILIES,
    task.KINDS,
)


@pytest.mark.parametrize("table", TABLES, ids=["normalize", "translate", "objectives", "losses", "encoders", "tasks"])
def test_every_method_is_where_its_entry_says(table):
    for method in (method for method in table.values() if method.code):
        module, _, attribute = method.code.partition(":")
        assert hasattr(importlib.import_module(module), attribute)


def test_losses_know_the_modes_that_params_may_name():
    assert set(get_args(VICRegOptions.model_fields["mode"].annotation)) == set(FORMS)


def test_all_mistakes_are_told_at_once():
    content = changed("pretrain.arms.real.loss", None)
    content["evaluate"]["baseline"] = "none"
    with pytest.raises(MistakesError, match="2 mistakes") as error:
        parse_study(content)
    assert [found.where.partition(": ")[2] for found in error.value.errors] == [
        "pretrain.arms.real.loss",
        "evaluate.baseline",
    ]


def test_a_key_that_occurs_twice_is_no_silent_loss(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("seed: 0\ntile: {mpp: 1.0}\nseed: 1\n")
    with pytest.raises(StudyError, match="'seed' occurs twice") as error:
        load_study(path)
    assert error.value.where == f"{path} line 3"
