"""Translators that generate: what they are told and what they ask of a study."""

import pytest

from pipeline.core.errors import StudyError
from pipeline.phantom.layout import CLASSES
from pipeline.study import evaluate, synthesize
from pipeline.study.stains import SIMULATED
from pipeline.study.study import check_cohort, parse_study
from pipeline.study.translate import jobs

from .test_need import PARAMS, slide

PAINTER = {"method": "nasdm", "source": "nuclei", "target": "HE", "pairing": "paired"}
MAKER = {"method": "masks", "target": "nuclei"}
NAMED = {"nuclei": {"kind": "mask", "classes": ["epithelial", "lymphocyte"]}}


def simulated(name, patient, stain, split, **more):
    return slide(name, patient, stain, split, **more).changed(path=f"data/phantom/{name}.tif")


SLIDES = {
    own.slide_id: own
    for patient, split in (("a", "train"), ("b", "test"))
    for own in (
        simulated(patient, patient, "HE", split, label="tumour"),
        simulated(f"{patient}-nuclei", patient, "nuclei", split, paired_with=patient),
    )
}


def study(*, phantom=True, **changes):
    """A study whose slides are simulated, with a painter and a maker of masks."""
    content = {**PARAMS, "translate": {"painter": PAINTER, "maker": MAKER}, **changes}
    return parse_study({**content, "tile": {"phantom": {}} if phantom else {}})


def trained(name, **changes):
    (job,) = (job for job in jobs(study(**changes), SLIDES) if job.key == (name, "0"))
    return job


def mistake(**changes):
    with pytest.raises(StudyError) as error:
        study(**changes)
    return error.value


def test_simulated_nuclei_have_the_classes_of_the_simulator():
    assert SIMULATED == CLASSES
    assert trained("painter").spec["classes"] == list(CLASSES)


def test_named_classes_count_more():
    assert trained("maker", stains=NAMED).spec["classes"] == ["epithelial", "lymphocyte"]


def test_a_painter_reads_masks_of_its_source_and_pictures_of_its_target():
    assert trained("painter").spec["reads"] == {
        "mask": ["source", "mask"],
        "instance": ["source", "instance"],
        "target": ["target", "image"],
    }


def test_a_maker_of_masks_has_no_source_and_no_pairing():
    spec = trained("maker").spec
    assert (spec["source"], spec["pairing"], spec["pairs"]) == (None, None, None)
    assert spec["reads"] == {"mask": ["target", "mask"]}


def test_other_translators_are_told_nothing_of_generators():
    spec = next(iter(jobs(parse_study(PARAMS), SLIDES))).spec
    assert not {"reads", "classes"} & spec.keys()


@pytest.mark.parametrize("key", ["source", "pairing", "pairs"])
def test_keys_of_a_source_have_no_effect_on_masks(key):
    given = {"source": "HE", "pairing": "paired", "pairs": 2}
    error = mistake(translate={"maker": {**MAKER, key: given[key]}})
    assert f"{key!r} has no effect on 'masks'" in error.message
    assert error.where == f"params.yaml: translate.maker.{key}"


@pytest.mark.parametrize(
    ("section", "key", "told"),
    [
        ({**PAINTER, "source": "IHC"}, "source", "'IHC' is of kind 'light'"),
        ({**MAKER, "target": "IHC"}, "target", "'IHC' is of kind 'light'"),
        ({**PAINTER, "target": "nuclei"}, "target", "from 'nuclei' to itself"),
        ({**PAINTER, "pairing": "unpaired"}, "pairing", "learns from registered slides"),
        ({"method": "nasdm", "source": "nuclei", "target": "HE"}, "pairing", "it is missing"),
        ({"method": "cyclegan", "target": "IHC"}, "pairing", "it is missing"),
    ],
)
def test_what_a_generator_cannot_read_is_told(section, key, told):
    error = mistake(translate={"one": section})
    assert told in error.message
    assert error.where == f"params.yaml: translate.one.{key}"


def test_classes_without_names_are_asked_for():
    error = mistake(phantom=False)
    assert "the classes of 'nuclei' have no names" in str(error)
    assert "stains.nuclei.classes: [name of id 1" in error.fix
    study(phantom=False, stains=NAMED)


@pytest.mark.parametrize(
    ("classes", "told"),
    [([], "it is empty"), (["a", "a"], "each value may occur once"), (["a+b"], "not a name")],
)
def test_names_of_classes_are_names(classes, told):
    error = mistake(stains={"nuclei": {"kind": "mask", "classes": classes}})
    assert told in error.message
    assert error.where.startswith("params.yaml: stains.nuclei.classes")


def test_only_masks_have_classes():
    error = mistake(stains={"HE": {"kind": "light", "classes": ["a"]}})
    assert "a stain of kind 'light' has no classes" in error.message


def test_label_files_have_labelled_nuclei():
    own = {name: each.changed(path=f"{name}.png") for name, each in SLIDES.items()}
    check_cohort(study(phantom=False, stains=NAMED, translate={"maker": MAKER, "painter": PAINTER}), own)


def test_slides_that_are_pictures_have_no_labelled_nuclei():
    own = {name: each.changed(path=f"{name}.svs") for name, each in SLIDES.items()}
    with pytest.raises(StudyError, match="no slide of stain 'nuclei' with labelled nuclei") as error:
        check_cohort(study(phantom=False, stains=NAMED, translate={"maker": MAKER}), own)
    assert error.value.where == "params.yaml: translate.maker.target"
    check_cohort(study(), SLIDES)


def test_a_painter_needs_registered_masks():
    alone = {**SLIDES, "a-nuclei": SLIDES["a-nuclei"].changed(paired_with=""), "b-nuclei": SLIDES["b-nuclei"]}
    with pytest.raises(StudyError, match="registered to one of stain 'HE' in the train split") as error:
        check_cohort(study(translate={"painter": PAINTER}), alone)
    assert error.value.where == "params.yaml: translate.painter.source"


def test_a_generator_makes_no_view_of_slides():
    own = study()
    assert not [job for job in synthesize.jobs(own, SLIDES) if job.rule in ("synthesize", "synthesize_gate")]
    assert not [job for job in evaluate.jobs(own, SLIDES) if job.rule == "evaluate_translator"]
    arm = {"objective": "trident", "loss": "vicreg", "privileged": "painter"}
    error = mistake(pretrain={"arms": {**PARAMS["pretrain"]["arms"], "one": arm}})
    assert "'painter' makes tiles of its own" in error.message
