"""What normalisers that learn ask of a study."""

import pytest

from pipeline.core.errors import StudyError
from pipeline.core.slides.slide import Slide
from pipeline.study import normalize
from pipeline.study.learned import target_site
from pipeline.study.study import check_cohort, parse_study

LEARNS = ("staingan", "saasn")


def slide(name, site, split="train", stain="HE"):
    return Slide(slide_id=name, path=f"{name}.svs", patient_id=name[0], site=site, split=split, stain=stain)


SLIDES = {
    s.slide_id: s
    for s in (
        slide("a", "y"), slide("b", "x"), slide("c", "x"), slide("d", "y"), slide("e", "z"), slide("f", "z", "test"),
        slide("g", "z", "val"), slide("a-IHC", "z", stain="IHC"), slide("h", "w", "test"),
    )
}  # fmt: skip


def section(method="saasn", **keys):
    return parse_study({"normalize": {"method": method, **keys}})


def jobs(study, slides=SLIDES):
    return {"/".join([job.rule, *job.key]): job for job in normalize.jobs(study, slides)}


def mistake(slides=SLIDES, **keys):
    with pytest.raises(StudyError) as error:
        check_cohort(section(**keys), slides)
    return error.value


def test_the_target_is_the_site_with_most_training_slides_and_of_equals_the_first():
    assert target_site("auto", ["HE"], SLIDES) == "x"
    assert target_site("auto", ["HE"], {**SLIDES, "i": slide("i", "y")}) == "y"
    assert target_site("auto", ["HE", "IHC"], {**SLIDES, "i": slide("i", "z")}) == "z"
    assert target_site("y", ["HE"], SLIDES) == "y"
    assert target_site("auto", ["PAS"], SLIDES) == ""


def test_slides_of_the_target_and_of_other_stains_pass_through():
    made = jobs(section(reference="y"))
    changed = [name for name, job in made.items() if "normalizer" in job.code]
    assert changed == [f"normalize/{name}" for name in "bcefgh"]
    assert all(made[name].inputs.keys() == {"tile", "model"} for name in changed)
    assert {key for name in ("a", "d", "a-IHC") for key in made[f"normalize/{name}"].inputs} == {"tile"}


@pytest.mark.parametrize("method", LEARNS)
def test_a_training_knows_its_target_and_the_defaults_of_its_method(method):
    spec = jobs(section(method, training={"steps": 7}))["normalize_train"].spec
    assert (spec["target"], spec["steps"], spec["lr"]) == ("x", 7, 2e-4)
    assert spec["batch"] == {"staingan": 4, "saasn": 16}[method]
    assert jobs(section(method, training={"batch": 2}))["normalize_train"].spec["batch"] == 2
    assert "tested" not in spec


def test_stain_gan_has_its_papers_defaults():
    options = jobs(section("staingan"))["normalize_train"].spec["options"]
    assert (options["blocks"], options["lambda_cycle"], options["identity"], options["pool"]) == (9, 10, 0.5, 50)


def test_a_fold_has_the_target_of_its_own_training_slides_and_leaves_its_patients_out():
    folded = parse_study({"folds": 2, "normalize": {"method": "saasn"}})
    slides = {n: s.changed(split="test" if n in "bc" else "train") for n, s in SLIDES.items()}
    spec = jobs(folded, slides)["normalize_train"].spec
    assert (spec["target"], spec["tested"]) == ("z", ["b", "c"])


@pytest.mark.parametrize(
    ("reference", "found"),
    [("v", "no site of the sheet"), ("w", "a site without one"), ("a", "a slide, of site 'y'")],
)
def test_a_reference_that_is_no_site_to_learn_from_is_told(reference, found):
    error = mistake(reference=reference)
    assert f"{reference!r} is {found}" in error.message
    assert (error.where, error.fix) == ("params.yaml: normalize.reference", "'auto', or one of: x, y, z")
    check_cohort(section(reference="z"), SLIDES)


def test_training_slides_of_one_site_alone_are_told():
    one = {name: own for name, own in SLIDES.items() if own.site == "x" or own.split == "test"}
    for reference in ("auto", "x"):
        error = mistake(one, reference=reference)
        assert "all training slides are of site x" in error.message
        assert error.where == "params.yaml: normalize.method"
        assert "macenko" in error.fix


def test_no_training_slide_of_the_stains_is_told_once():
    error = mistake(stains=["PAS"])
    assert "no slide of a stain in ['PAS'] in the train split" in error.message


@pytest.mark.parametrize(
    ("content", "where", "found"),
    [
        ({"tile": {"size": 96}, "normalize": {"method": "saasn"}}, "normalize.options", "a multiple of 256"),
        ({"tile": {"size": 66}, "normalize": {"method": "staingan"}}, "normalize.options", "a multiple of 4,"),
        ({"tile": {"size": 16}, "normalize": {"method": "staingan"}}, "normalize.options", "at least 32"),
        ({"normalize": {"method": "saasn", "training": {"batch": 1}}}, "normalize.training.batch", "the default is 16"),
        ({"normalize": {"method": "saasn", "options": {"atention": 8}}}, "normalize.options.atention", "attention"),
        ({"normalize": {"method": "macenko", "training": {"steps": 8}}}, "normalize.training", "remove it"),
        ({"normalize": {"options": {"alpha": 200.0}}}, "normalize.options.alpha", "less than 50"),
        ({"normalize": {"method": "none", "reference": "x"}}, None, ""),
    ],
)
def test_mistakes_are_told_before_any_job(content, where, found):
    if where is None:
        parse_study(content)
        return
    with pytest.raises(StudyError) as error:
        parse_study(content)
    assert error.value.where == f"params.yaml: {where}"
    assert found in str(error.value)


def test_a_wrong_section_of_tiles_is_the_only_mistake_told():
    with pytest.raises(StudyError, match=r"tile\.size") as error:
        parse_study({"tile": {"size": 0}, "normalize": {"method": "saasn"}})
    assert "do not fit" not in str(error.value)


def test_what_learned_is_no_map_of_colours():
    with pytest.raises(StudyError, match="'staingan' is no map of colours") as error:
        parse_study({"normalize": {"method": "staingan", "keep": "map"}})
    assert "normalize.keep" in str(error.value)
    parse_study({"normalize": {"method": "vahadane", "keep": "map"}})
