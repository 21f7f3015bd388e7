"""``segment``: its jobs, what they depend on, and mistakes that are told before any of them starts."""

import copy
import inspect
from importlib import import_module
from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.study import evaluate
from pipeline.study.report import jobs as report_jobs
from pipeline.study.segment import METHODS, jobs
from pipeline.study.segment_entries import segmenter_entries
from pipeline.study.study import check_cohort, parse_study

from .test_generators import MAKER, PAINTER, SLIDES, simulated
from .test_need import PARAMS

CLASSES = ["gland", "lymphoid", "stroma", "tumour"]
THROUGH = {"method": "cyclegan", "pairing": "unpaired", "repeats": 2}
COHORTS = {"more": {"painter": "painter", "masks": "maker", "tiles": 600}}
REAL = {"method": "unet"}
ARMS = {
    "real": REAL,
    "few": {"method": "unet", "train": {"real": 0.25, "more": 0}},
    "added": {"method": "unet", "train": {"real": 0.25, "more": 0.75}},
    "frozen": {"method": "decoder", "encoder": "plain"},
    "tutoring": {"method": "unet", "learn_through": "he2ihc"},
    "adaptive": {"method": "unet", "test_through": "ihc2he"},
}
IHC = {
    own.slide_id: own
    for patient, split in (("a", "train"), ("b", "test"))
    for own in (
        simulated(f"{patient}-IHC", patient, "IHC", split),
        simulated(f"{patient}-cells", patient, "nuclei", split, paired_with=f"{patient}-IHC"),
    )
}
BOTH = {**SLIDES, **IHC}
PLACES = {"images": "HE", "test": "IHC"}


PRETRAIN = {**PARAMS["pretrain"], "seeds": [*range(9)]}


def study(arms=ARMS, *, pretrain=PRETRAIN, stains=None, **section):
    content = copy.deepcopy({**PARAMS, "tile": {"phantom": {}}, "pretrain": pretrain, "stains": stains or {}})
    content["translate"] = {
        "painter": PAINTER,
        "maker": MAKER,
        "he2ihc": {**THROUGH, "source": "HE", "target": "IHC"},
        "ihc2he": {**THROUGH, "source": "IHC", "target": "HE"},
    }
    content["synthesize"] = {"cohorts": COHORTS}
    return parse_study({**content, "segment": {"arms": arms, "baseline": "real", **section}})


def planned(arms=ARMS, slides=BOTH, **section):
    made = study(arms, **{**PLACES, **section})
    return {job.key: job for job in jobs(made, slides) if job.rule == "segment"}


def mistake(arms=ARMS, slides=BOTH, **section):
    with pytest.raises(StudyError) as error:
        check_cohort(study(arms, **{**PLACES, **section}), slides)
    (own,) = (e for e in getattr(error.value, "errors", [error.value]) if "segment." in e.where)
    return own


def test_there_is_a_segmenter_for_each_arm_and_seed():
    found = planned(seeds=[3, 5])
    assert set(found) == {(arm, seed) for arm in ARMS for seed in ("3", "5")}
    one = found["real", "3"]
    assert one.manifest == Path("models/segmenters/real/3.json")
    assert one.inputs == {"cohort": Path("data/normalized/index.json")}
    assert one.groups == {}
    assert one.code == {
        "maker": "pipeline.segment.training:train_segmenter",
        "method": "pipeline.segment.unet:UNetLearner",
    }
    assert one.spec["stains"] == {"labels": "nuclei", "images": "HE"}
    assert one.spec["classes"] == CLASSES
    assert one.spec["train"] == {"real": 1.0}
    assert (one.spec["repeat"], found["real", "5"].spec["repeat"]) == (3, 5)


def test_painted_tiles_are_read_where_there_is_a_share_of_them():
    assert planned()["added", "0"].groups == {"painted": {"more": Path("data/synthetic/more/index.json")}}
    assert planned()["few", "0"].groups == {}
    assert planned()["few", "0"].spec["train"] == {"real": 0.25}


def test_views_are_those_of_the_repeat_that_a_seed_learns_from():
    found = planned(seeds=[6, 7, 8])
    gates = [found["tutoring", seed].inputs["gate"] for seed in ("6", "7", "8")]
    assert gates == [Path(f"data/privileged/he2ihc/{repeat}/index.json") for repeat in (0, 1, 0)]
    assert found["tutoring", "7"].inputs["translator"] == Path("models/translators/he2ihc/1.json")
    assert "gate" not in found["adaptive", "6"].inputs  # it learns from the tiles themselves


def test_a_decoder_waits_for_the_encoder_of_its_seed():
    one = planned()["frozen", "2"]
    assert one.inputs["encoder"] == Path("models/encoders/plain/2.json")
    assert one.code["encoder"] == "pipeline.core.networks.resnet:ResNetEncoder"


def test_an_arm_depends_on_nothing_of_another():
    before = planned()
    more = {**ARMS, "added": {"method": "unet", "train": {"real": 0.5, "more": 0.5}}, "new": {"method": "hovernet"}}
    after = planned(more)
    same = [key for key in before if before[key].to_json() == after[key].to_json()]
    assert {arm for arm, _ in before} - {arm for arm, _ in same} == {"added"}


def test_what_is_tested_and_compared_trains_nothing():
    arms = {name: ARMS[name] for name in ("real", "few")}
    named = {**arms, "few": {**ARMS["few"], "against": ["real"]}}
    before, after = planned(arms), planned(named, test="HE", baseline="few")
    assert {key: job.to_json() for key, job in before.items()} == {key: job.to_json() for key, job in after.items()}


def test_an_arm_may_be_trained_in_its_own_way():
    own = planned({"real": REAL, "long": {**REAL, "steps": 7, "batch": 3, "lr": 0.5}}, steps=5, batch=2)
    found = [{key: own[arm, "0"].spec[key] for key in ("steps", "batch", "lr")} for arm in ("real", "long")]
    assert found == [{"steps": 5, "batch": 2, "lr": 1e-3}, {"steps": 7, "batch": 3, "lr": 0.5}]


def test_images_and_test_are_the_primary_stain_if_nothing_is_said():
    made = study({"real": REAL})
    (one, *_) = jobs(made, SLIDES)
    assert one.spec["stains"]["images"] == "HE"
    scored = {job.rule: job for job in evaluate.jobs(made, SLIDES)}["evaluate_segmenter"]
    assert scored.spec["stains"] == {"labels": "nuclei", "test": "HE"}


def test_a_study_without_arms_has_an_empty_index_alone():
    (index,) = jobs(parse_study(PARAMS), SLIDES)
    assert index.rule == "segment_index"
    assert index.groups["members"] == {}
    assert "segmenters" not in {**(summary := summary_of(parse_study(PARAMS))).groups, **summary.spec}


def summary_of(made, slides=BOTH):
    return {job.rule: job for job in evaluate.jobs(made, slides)}["evaluate"]


def test_the_scorer_of_an_arm_reads_all_its_seeds_and_the_views_it_sees():
    made = study(**PLACES, seeds=[4, 6])
    scored = {job.key[0]: job for job in evaluate.jobs(made, BOTH) if job.rule == "evaluate_segmenter"}
    assert scored.keys() == ARMS.keys()
    one = scored["adaptive"]
    assert one.groups["seeds"] == {seed: Path(f"models/segmenters/adaptive/{seed}.json") for seed in ("4", "6")}
    assert one.groups["gates"] == {
        "4": Path("data/privileged/ihc2he/0/index.json"),
        "6": Path("data/privileged/ihc2he/1/index.json"),
    }
    assert one.code["network"] == "pipeline.core.networks.unet:UNet"
    assert scored["tutoring"].groups.keys() == {"seeds"}


def test_arms_are_compared_with_the_baseline_and_those_that_they_name():
    made = study({**ARMS, "added": {**ARMS["added"], "against": ["few", "real"]}}, **PLACES)
    told = summary_of(made).spec["segmenters"]
    assert told["baseline"] == "real"
    assert told["arms"]["real"]["against"] == []
    assert told["arms"]["added"]["against"] == ["real", "few"]
    assert {name: own["role"] for name, own in told["arms"].items()} == {
        "real": "real", "few": "real", "frozen": "real",
        "added": "synthetic", "tutoring": "synthetic", "adaptive": "synthetic",
    }  # fmt: skip


def test_the_report_says_what_an_arm_learns_from():
    told = {own["name"]: own for own in segmenter_entries(study(**PLACES))}
    assert next(iter(told)) == "real"
    assert told["real"]["text"] == "U-Net, all real tiles"
    assert told["added"]["text"] == "U-Net, 0.25 of the real tiles, 0.75 painted: more"
    assert told["frozen"]["text"] == "decoder, on the frozen encoder plain, all real tiles"
    assert told["tutoring"]["recipe"] == "U-Net, learns views by he2ihc"
    assert told["few"]["recipe"] == told["added"]["recipe"] == "U-Net"
    (page,) = report_jobs(study(**PLACES), BOTH)
    assert page.inputs["segmenters"] == Path("models/segmenters/index.json")


def test_a_sound_study_passes():
    check_cohort(study(**PLACES), BOTH)
    check_cohort(study({"real": REAL}), BOTH)


def test_images_stand_for_the_primary_stain_where_the_sheet_has_two():
    twice = {
        own.slide_id: own
        for patient, split in (("a", "train"), ("b", "test"))
        for stain in ("TEM", "SEM")
        for own in (
            simulated(f"{patient}-{stain}", patient, stain, split),
            simulated(f"{patient}-{stain}-cells", patient, "nuclei", split, paired_with=f"{patient}-{stain}"),
        )
    }
    content = {**PARAMS, "tile": {"phantom": {}}, "translate": {}, "pretrain": {}, "evaluate": {"tasks": {}}}

    def told(**section):
        own = {"normalize": {"method": "none"}, "stains": {name: {"kind": "electron"} for name in ("TEM", "SEM")}}
        made = parse_study({**content, **own, "segment": {"arms": {"real": REAL}, "baseline": "real", **section}})
        check_cohort(made, twice)
        scored = {job.rule: job for job in evaluate.jobs(made, twice)}["evaluate_segmenter"]
        return next(jobs(made, twice)).spec["stains"]["images"], scored.spec["stains"]["test"]

    assert told(images="SEM") == ("SEM", "SEM")
    assert told(images="SEM", test="TEM") == ("SEM", "TEM")
    for section in ({}, {"test": "TEM"}):
        with pytest.raises(StudyError, match="one stain is to be the primary one"):
            told(**section)


WRONG = {
    "baseline": ({"real": REAL}, {"baseline": "gone"}, "segment.baseline", "choose one of: real"),
    "method": ({"real": {"method": "sam"}}, {}, "segment.arms.real.method", "choose one of: decoder, hovernet, unet"),
    "option": (
        {"real": {**REAL, "options": {"depth": 3}}}, {}, "segment.arms.real.options.depth", "known: least, colour",
    ),
    "cohort": (
        {"real": {**REAL, "train": {"gone": 1.0}}}, {},
        "segment.arms.real.train.gone", "choose of: real, more; or add it under synthesize.cohorts",
    ),
    "nothing": ({"real": {**REAL, "train": {"real": 0}}}, {}, "segment.arms.real.train", "give one of them a share"),
    "too much": ({"real": {**REAL, "train": {"real": 1.5}}}, {}, "segment.arms.real.train.real", "set it to 1 at most"),
    "masks": ({"real": REAL}, {"labels": "HE"}, "segment.labels", "set stains.HE.kind: mask"),
    "other masks": (
        {"real": {**REAL, "train": {"more": 1.0}}},
        {"labels": "axons", "stains": {"axons": {"kind": "mask", "classes": ["a"]}}},
        "segment.arms.real.train.more", "name a cohort painted for 'axons'",
    ),
    "unnamed": (
        {"real": REAL}, {"labels": "axons", "stains": {"axons": {"kind": "mask", "classes": None}}, "phantom": False},
        "segment.labels", "add stains.axons.classes",
    ),
    "encoder": ({"real": {"method": "decoder"}}, {}, "segment.arms.real.encoder", "name an arm of pretrain: plain"),
    "no such encoder": (
        {"real": {"method": "decoder", "encoder": "gone"}}, {},
        "segment.arms.real.encoder", "name an arm of pretrain: plain",
    ),
    "encoder of no use": ({"real": {**REAL, "encoder": "plain"}}, {}, "segment.arms.real.encoder", "remove it, or"),
    "encoder that is made": (
        {"real": {"method": "decoder", "encoder": "models/encoders/plain/0"}}, {},
        "segment.arms.real.encoder", "name the arm",
    ),
    "encoder of other seeds": (
        {"real": {"method": "decoder", "encoder": "plain"}}, {"seeds": [0, 9]},
        "segment.arms.real.encoder", "add them to pretrain.seeds",
    ),
    "painter": (
        {"real": {**REAL, "learn_through": "painter"}}, {},
        "segment.arms.real.learn_through", "choose one of: he2ihc, ihc2he",
    ),
    "both ways": (
        {"real": {**REAL, "learn_through": "he2ihc", "test_through": "ihc2he"}}, {},
        "segment.arms.real.test_through", "remove one of",
    ),
    "views of painted": (
        {"real": {**REAL, "learn_through": "he2ihc", "train": {"real": 1.0, "more": 1.0}}}, {},
        "segment.arms.real.train.more", "remove it, or learn_through",
    ),
    "against": ({"real": {**REAL, "against": ["real"]}}, {}, "segment.arms.real.against", "there is no other arm"),
    "index": ({"index": REAL}, {"baseline": "index"}, "segment.arms.index", "rename it"),
    "translator's name": ({"he2ihc": REAL}, {"baseline": "he2ihc"}, "segment.arms.he2ihc", "rename one of them"),
}  # fmt: skip


@pytest.mark.parametrize("key", WRONG)
def test_mistakes_of_params_say_where_and_what_helps(key):
    arms, changes, where, fix = WRONG[key]
    content = {name: value for name, value in changes.items() if name != "phantom"}
    with pytest.raises(StudyError) as error:
        study(arms, **content) if "phantom" not in changes else unnamed(arms, **content)
    assert error.value.where == f"params.yaml: {where}"
    assert fix in error.value.fix


def unnamed(arms, stains, **section):
    """A study that simulates nothing, so that nobody knows the classes of its masks."""
    return parse_study({**PARAMS, "stains": stains, "segment": {"arms": arms, "baseline": "real", **section}})


def test_slides_with_labels_to_learn_from_are_needed():
    unlabelled = {name: own for name, own in BOTH.items() if name not in ("a-nuclei",)}
    found = mistake({"real": REAL}, unlabelled)
    assert found.where == "params.yaml: segment.images"
    assert "with labels, registered to one of stain 'HE', in the train split" in found.message


def test_slides_with_labels_to_test_on_are_needed():
    unlabelled = {name: own for name, own in BOTH.items() if name not in ("b-cells",)}
    found = mistake({"real": REAL}, unlabelled)
    assert found.where == "params.yaml: segment.test"
    assert "in the test split" in found.message


def test_a_translator_in_the_wrong_direction_is_told():
    found = mistake({"real": {**REAL, "learn_through": "ihc2he"}})
    assert found.where == "params.yaml: segment.arms.real.learn_through"
    assert found.fix == "name one from 'HE' to 'IHC': it learns from 'HE' and is tested on 'IHC'"
    found = mistake({"real": {**REAL, "test_through": "he2ihc"}})
    assert found.fix == "name one from 'IHC' to 'HE': it learns from 'HE' and is tested on 'IHC'"


def test_painted_tiles_are_of_the_stain_that_is_learned():
    found = mistake({"real": {**REAL, "train": {"more": 1.0}}}, images="IHC")
    assert found.where == "params.yaml: segment.arms.real.train.more"
    assert found.fix == "name a cohort painted as 'IHC'"


def test_an_arm_of_another_stain_needs_its_own_labels():
    found = mistake({"real": REAL, "target": {**REAL, "images": "CK"}})
    assert found.where == "params.yaml: segment.arms.target.images"


def test_a_folder_of_weights_has_to_be_there():
    found = mistake({"real": {"method": "decoder", "encoder": "./gone"}})
    assert found.where.startswith("params.yaml: segment.arms.real.encoder")


def test_every_fold_has_segmenters_of_its_own():
    slides = {
        own.slide_id: own
        for patient in "abcd"
        for own in (
            simulated(patient, patient, "HE", "train"),
            simulated(f"{patient}-nuclei", patient, "nuclei", "train", paired_with=patient),
        )
    }
    content = {**PARAMS, "tile": {"phantom": {}}, "translate": {}, "pretrain": {}, "evaluate": {"tasks": {}}}
    folded = parse_study({**content, "folds": 2, "segment": {"arms": {"real": REAL}, "baseline": "real", "seeds": [0]}})
    check_cohort(folded, slides)
    made = {job.identity: job for job in folded.jobs(slides)}
    assert made["segment", "fold-1", "real", "0"].manifest == Path("models/segmenters/fold-1/real/0.json")
    scored = made["evaluate_segmenter", "fold-1", "real"]
    assert scored.groups["seeds"] == {"0": Path("models/segmenters/fold-1/real/0.json")}
    assert made["evaluate",].groups["segmenters"] == {
        f"{fold}/real": Path(f"results/scores/{fold}/segmenters/real.json") for fold in ("fold-0", "fold-1")
    }


@pytest.mark.parametrize(
    ("name", "found"), [("he2ihc", "there is a translator 'he2ihc', too"), ("normalize", "taken by")]
)
def test_a_name_that_a_command_would_take_for_something_else(name, found):
    assert found in mistake({"real": REAL, name: REAL}).message


@pytest.mark.parametrize("name", METHODS)
def test_what_a_study_leaves_out_is_what_the_learner_would_take(name):
    module, _, learner = METHODS[name].code.partition(":")
    taken = inspect.signature(getattr(import_module(module), learner)).parameters
    usual = {key: own.default for key, own in taken.items() if own.default is not inspect.Parameter.empty}
    assert METHODS[name].filled({}) == usual
