import copy
from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import StudyError
from pipeline.pretrain.vicreg import FORMS
from pipeline.study.registry import LOSSES, NORMALIZERS, OBJECTIVES, TRANSLATORS
from pipeline.study.study import PHASES, Study, load_study, parse_study

ROOT = Path(__file__).parents[2]
DEMO = yaml.safe_load((ROOT / "params.yaml").read_text())


def changed(path, value):
    content = copy.deepcopy(DEMO)
    section = content
    *above, last = path.split(".")
    for part in above:
        section = section[part]
    section[last] = value
    return content


def test_sections_are_the_phases_and_the_seed():
    assert set(Study.model_fields) == {"seed", *PHASES}
    assert set(DEMO) == set(Study.model_fields)


@pytest.mark.parametrize("section", PHASES)
def test_every_section_must_be_there_for_dvc_to_watch(section):
    with pytest.raises(StudyError, match=f"{section}: Field required"):
        parse_study({name: value for name, value in DEMO.items() if name != section})


@pytest.mark.parametrize("path", sorted((ROOT / "workflow" / "studies").glob("*.yaml")), ids=lambda p: p.stem)
def test_ready_made_studies_are_valid(path):
    assert load_study(path).pretrain.arms


@pytest.mark.parametrize(
    ("path", "value", "where", "fix"),
    [
        ("pretrain.epoch", 5, "pretrain.epoch", "epochs"),
        ("tile.mpp", -1, "tile.mpp", "size"),
        ("tile.max_tissue", 0.3, "tile.max_tissue", "lower tile.min_tissue"),
        ("normalize.method", "stainfix", "normalize", "macenko"),
        ("translate.he2ihc_cyclegan.method", "cyclegn", "translate.he2ihc_cyclegan", "pix2pix"),
        ("translate.he2ihc_cyclegan.options", {"nfg": 8}, "translate.he2ihc_cyclegan.options.nfg", "ngf"),
        ("normalize.options", {"mask": "men"}, "normalize.options.mask", "mean, any"),
        ("pretrain.arms.real.options", {"heads": "per_encodr"}, "arms.real.options.heads", "per_encoder, per_pair"),
        ("pretrain.arms.real.loss_options", {"mode": "relased"}, "real.loss_options.mode", "released, pairwise"),
        ("translate.he2ihc_cyclegan.options", {"ngf": "8"}, "options.ngf", "64"),
        (
            "translate.he2nuclei_pix2pix.pairing",
            "unpaired",
            "translate.he2nuclei_pix2pix.pairing",
            "set pairing: paired",
        ),
        ("pretrain.seeds", [0, 0], "pretrain.seeds", "epochs"),
        ("pretrain.seeds", [-1], "pretrain.seeds.0", "epochs"),
        ("pretrain.batch", 1, "pretrain.batch", "epochs"),
        ("pretrain.precision", "16-mixed", "pretrain.precision", "lr"),
        ("pretrain.arms.cyclegan.privileged", "he2ihc", "pretrain.arms.cyclegan.privileged", "he2ihc_cyclegan"),
        ("pretrain.arms.cyclegan.loss", None, "pretrain.arms.cyclegan.loss", "vicreg"),
        ("pretrain.arms.unprivileged.privileged", "real/IHC", "unprivileged.privileged", "he2nuclei_pix2pix"),
        ("pretrain.arms.supervised.task", "grade", "supervised.task", "tissue"),
        ("pretrain.arms.real.against", "reel", "pretrain.arms.real.against", "supervised"),
        ("pretrain.arms.real.against", "real", "pretrain.arms.real.against", "supervised"),
        ("pretrain.arms.unprivileged.control", "blank", "unprivileged.control", "trident, siamese"),
        ("pretrain.arms.real.task", "tissue", "real.task", "supervised"),
        ("pretrain.arms.untrained.only_with", "IHC", "untrained.only_with", "remove it"),
        ("pretrain.arms.supervised.loss", "vicreg", "supervised.loss", "remove it"),
        ("pretrain.arms.index", {"objective": "untrained"}, "pretrain.arms.index", "rename it"),
        ("translate.index", DEMO["translate"]["he2ihc_cyclegan"], "translate.index", "rename it"),
        ("translate.real", DEMO["translate"]["he2ihc_cyclegan"], "translate.real", "rename it"),
        ("pretrain.arms", {}, "pretrain.arms", "at least 1 item"),
        ("pretrain.seeds", [], "pretrain.seeds", "at least 1 item"),
        ("evaluate.tasks", {}, "evaluate.tasks", "at least 1 item"),
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


def test_defaults_are_among_the_choices():
    for table in (NORMALIZERS, TRANSLATORS, OBJECTIVES, LOSSES):
        for method in table.values():
            assert method.choices.keys() == {key for key, value in method.options.items() if isinstance(value, str)}
            assert all(method.options[key] in choices for key, choices in method.choices.items())


def test_losses_know_the_modes_that_params_may_name():
    assert set(LOSSES["vicreg"].choices["mode"]) == set(FORMS)


def test_a_key_that_occurs_twice_is_no_silent_loss(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("seed: 0\ntile: {mpp: 1.0}\nseed: 1\n")
    with pytest.raises(StudyError, match="'seed' occurs twice") as error:
        load_study(path)
    assert error.value.where == "params.yaml line 3"
