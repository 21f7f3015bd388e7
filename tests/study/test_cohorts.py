"""Synthetic cohorts: what is asked of a study, their jobs, and the arms that learn from them."""

from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.study import pretrain
from pipeline.study.arm import Arm
from pipeline.study.arms import compared_with
from pipeline.study.entries import entries
from pipeline.study.study import check_cohort, parse_study
from pipeline.study.synthesize import jobs

from .test_generators import MAKER, PAINTER, SLIDES
from .test_need import PARAMS

COHORT = {"painter": "painter", "masks": "maker", "tiles": 600}
PLAIN = PARAMS["pretrain"]["arms"]["plain"]


def study(cohort=COHORT, arms=None, **changes):
    content = {**PARAMS, "tile": {"phantom": {}}, "translate": {"painter": PAINTER, "maker": MAKER}}
    content |= {"synthesize": {"cohorts": {"more": cohort}}, "pretrain": {"arms": {"plain": PLAIN, **(arms or {})}}}
    return parse_study({**content, **changes})


def planned(rule, **changes):
    return {job.key: job for job in jobs(study(**changes), SLIDES) if job.rule == rule}


def mistake(*arguments, **changes):
    with pytest.raises(StudyError) as error:
        check_cohort(study(*arguments, **changes), SLIDES)
    return error.value


def test_a_cohort_is_made_in_parts_that_a_killed_run_goes_on_from():
    parts = planned("synthesize_part")
    spans = {key[1]: (job.spec["first"], job.spec["tiles"]) for key, job in parts.items()}
    assert spans == {"part-000": (0, 256), "part-001": (256, 256), "part-002": (512, 88)}
    one = parts["more", "part-001"]
    assert one.inputs == {
        "plan": Path("data/synthetic/more/plan.json"),
        "painter": Path("models/translators/painter/0.json"),
        "masks": Path("models/translators/maker/0.json"),
    }
    assert one.code["painter"] == "pipeline.core.diffusion.painter:Painter"
    assert one.code["masks"] == "pipeline.core.diffusion.mask_maker:MaskMaker"
    assert one.spec["stains"] == {"tissue": "HE", "masks": "nuclei"}


def test_more_tiles_make_whole_parts_not_anew():
    before, after = (planned("synthesize_part", cohort={**COHORT, "tiles": n}) for n in (600, 700))
    changed = [key[1] for key, job in after.items() if key not in before or before[key].to_json() != job.to_json()]
    assert changed == ["part-002"]


def test_real_masks_come_from_the_cohort():
    own = {**COHORT, "masks": "real"}
    part = planned("synthesize_part", cohort=own)["more", "part-000"]
    assert part.inputs["cohort"] == Path("data/normalized/index.json")
    assert "masks" not in {**part.inputs, **part.code}
    assert planned("synthesize_plan", cohort=own)["more",].inputs.keys() == {"cohort", "painter"}


def test_the_gate_lists_the_parts_and_the_index_the_cohorts():
    gate = planned("synthesize_cohort")["more",]
    assert gate.manifest == Path("data/synthetic/more/index.json")
    assert [*gate.groups["parts"]] == ["part-000", "part-001", "part-002"]
    assert gate.spec["min_consistency"] == 0.3
    assert planned("synthesize_cohort_index")[()].groups["members"] == {"more": gate.manifest}


def test_a_study_without_cohorts_has_an_empty_index_of_them():
    (index,) = (job for job in jobs(parse_study(PARAMS), SLIDES) if job.rule == "synthesize_cohort_index")
    assert index.groups["members"] == {}


def test_limits_of_cohorts_judge_no_translator():
    gates = {"min_consistency": 0.9}
    translate = {"made": {**PARAMS["translate"]["made"], "target": "nuclei"}}
    before, after = (
        parse_study({**PARAMS, "translate": translate, "synthesize": {"gates": own}}) for own in ({}, gates)
    )
    one, other = (
        [job.to_json() for job in jobs(own, SLIDES) if job.rule == "synthesize_gate"] for own in (before, after)
    )
    assert one == other != []


def test_types_say_how_many_tiles_there_are():
    types = {"gland+tumour": 5, "stroma": 2}
    plan = planned("synthesize_plan", cohort={"painter": "painter", "masks": "maker", "types": types})["more",]
    assert plan.spec["tiles"] == 7
    assert plan.spec["types"] == [{"types": ["gland", "tumour"], "tiles": 5}, {"types": ["stroma"], "tiles": 2}]
    assert planned("synthesize_plan")["more",].spec["types"] is None


@pytest.mark.parametrize(
    ("change", "key", "told"),
    [
        ({"painter": "maker"}, "painter", "'maker' is no translator that paints tiles"),
        ({"painter": "none"}, "painter", "'none' is no translator that paints tiles"),
        ({"masks": "painter"}, "masks", "'painter' is no translator that makes masks"),
        ({"tiles": None}, "tiles", "it is missing"),
        ({"types": {"stroma": 3}}, "tiles", "600 tiles, and types come to 3"),
        ({"types": {"nerve": 600}}, "types.nerve", "no class 'nerve'"),
        ({"types": {"stroma+stroma": 600}}, "types.stroma+stroma", "a class occurs twice"),
        ({"types": {"gland+stroma": 300, "stroma+gland": 300}}, "types.gland+stroma", "asked for twice"),
        ({"types": {}}, "types.dict[str,constrained-int]", "it is empty"),
        ({"sampler": "euler"}, "sampler", "it should be 'ancestral' or 'ddim'"),
    ],
)
def test_a_mistake_in_a_cohort_is_told_with_its_key(change, key, told):
    error = mistake({**COHORT, **change})
    assert told in str(error)
    if key != "types.dict[str,constrained-int]":
        assert error.where == f"params.yaml: synthesize.cohorts.more.{key}"


def test_masks_of_another_stain_are_told():
    translate = {"painter": PAINTER, "maker": {**MAKER, "target": "mask"}}
    error = mistake(translate=translate)
    assert "makes masks of 'mask', and 'painter' paints for 'nuclei'" in str(error)


def test_a_slide_that_is_called_as_a_painted_one_is_told():
    own = {**SLIDES, "more-part-000-HE": SLIDES["a"].changed(slide_id="more-part-000-HE")}
    with pytest.raises(StudyError, match="a slide or patient 'more-part-000-HE' already"):
        check_cohort(study(), own)


@pytest.mark.parametrize("name", ["real", "index"])
def test_a_name_of_the_pipeline_is_refused(name):
    with pytest.raises(StudyError, match=f"name {name!r} is taken"):
        study(synthesize={"cohorts": {name: COHORT}})


def encoder(arm):
    own = study(arms={"one": {**PLAIN, **arm}})
    return next(job for job in pretrain.jobs(own, SLIDES) if job.key == ("one", "0"))


def test_an_arm_waits_for_its_painted_cohorts():
    job = encoder({"cohorts": ["real", "more"]})
    assert job.groups["painted"] == {"more": Path("data/synthetic/more/index.json")}
    assert job.spec["arm"]["cohorts"] == ["real", "more"]


def test_an_arm_of_real_slides_knows_nothing_of_cohorts():
    job = encoder({"cohorts": ["real"]})
    assert "cohorts" not in job.spec["arm"]
    assert not job.groups


TOLD = {
    "cohorts": ({"cohorts": ["real", "none"]}, "no cohort 'none'"),
    "privileged": (
        {"objective": "trident", "privileged": "real/IHC", "cohorts": ["more"]},
        "the tiles of 'more' have registered 'nuclei' alone, none of 'IHC'",
    ),
    "only_with": ({"only_with": "IHC", "cohorts": ["more"]}, "none of 'IHC'"),
    "pairs": ({"only_with": "nuclei", "pairs": 1, "cohorts": ["more"]}, "'pairs' counts patients"),
    "task": ({"objective": "supervised", "task": "tissue", "cohorts": ["real", "more"]}, "have no labels"),
}


@pytest.mark.parametrize("key", TOLD)
def test_what_painted_tiles_do_not_have_is_told(key):
    arm, told = TOLD[key]
    given = {**PLAIN, **arm}
    if given["objective"] == "supervised":
        del given["loss"]
    error = mistake(arms={"one": given})
    assert told in str(error)
    assert error.where == f"params.yaml: pretrain.arms.one.{key}"


def test_a_view_of_slides_is_none_of_painted_tiles():
    made = {**PARAMS["translate"]["made"], "target": "nuclei"}
    arm = {**PLAIN, "objective": "trident", "privileged": "made", "cohorts": ["real", "more"]}
    error = mistake(translate={"painter": PAINTER, "maker": MAKER, "made": made}, arms={"one": arm})
    assert "'made' is a view of slides, and painted tiles have none" in str(error)


def test_random_weights_learn_from_no_cohort():
    error = mistake(arms={"floor": {"objective": "untrained", "cohorts": ["more"]}})
    assert "'cohorts' has no effect on 'untrained'" in str(error)


def test_a_painter_of_few_patients_paints_for_one_drawing():
    few = {**PAINTER, "pairs": 1, "repeats": 2}
    arm = {**PLAIN, "only_with": "nuclei", "pairs": 1, "cohorts": ["real", "more"]}
    error = mistake(translate={"painter": few, "maker": MAKER}, arms={"one": arm})
    assert "every repeat draws its patients" in str(error)
    check_cohort(study(translate={"painter": {**few, "repeats": 1}, "maker": MAKER}, arms={"one": arm}), SLIDES)


def test_tiles_of_another_stain_are_told():
    own = {name: each for name, each in SLIDES.items() if each.stain == "HE"}
    turned = {f"{name}-x": each.changed(slide_id=f"{name}-x", stain="IHC") for name, each in own.items()}
    masks = {
        f"{name}-n": each.changed(
            slide_id=f"{name}-n", stain="nuclei", paired_with=f"{name}-x", path=f"data/phantom/{name}-n.tif"
        )
        for name, each in own.items()
    }
    paired = {name: each.changed(path=f"data/phantom/{name}.tif") for name, each in turned.items()}
    other = {
        f"{name}-r": each.changed(slide_id=f"{name}-r", stain="IHC", paired_with=name) for name, each in own.items()
    }
    arm = {**PLAIN, "cohorts": ["real", "more"]}
    translate = {"painter": {**PAINTER, "target": "IHC"}, "maker": MAKER}
    with pytest.raises(StudyError, match="painted as 'IHC', and encoders learn from 'HE'"):
        check_cohort(study(translate=translate, arms={"one": arm}), {**own, **paired, **masks, **other})


def arms(**named):
    return {name: Arm(**{**PLAIN, **arm}) for name, arm in named.items()}


def test_painted_tiles_are_judged_by_the_arm_that_has_none():
    own = arms(plain={}, painted={"cohorts": ["real", "more"]})
    assert compared_with("painted", own, "plain")["published"] == "plain"
    assert compared_with("plain", own, "plain")["published"] is None


def test_a_view_is_judged_by_arms_of_the_same_tiles():
    view = {"objective": "trident", "privileged": "real/nuclei"}
    both = {"cohorts": ["real", "more"]}
    control = {"objective": "trident", "privileged": "self"}
    named = {"plain": {}, "painted": both, "view": view, "both": {**view, **both}}
    own = arms(**named, own=control, own_both={**control, **both})
    assert compared_with("both", own, "plain")["published"] == "painted"
    assert compared_with("both", own, "plain")["controls"] == ["own_both"]
    assert compared_with("view", own, "plain")["published"] == "plain"
    assert compared_with("view", own, "plain")["controls"] == ["own"]


def test_the_page_says_which_tiles_were_painted():
    own = study(arms={"one": {**PLAIN, "cohorts": ["real", "more"]}, "two": {**PLAIN, "cohorts": ["more"]}})
    texts = {entry["name"]: entry["text"] for entry in entries(own, SLIDES)}
    assert texts["one"].endswith("also painted: more")
    assert texts["two"].endswith("tiles painted: more")
