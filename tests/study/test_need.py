import copy

import pytest

from pipeline.core.cohort.primary import primary_stains
from pipeline.core.errors import StudyError
from pipeline.core.slides.slide import Slide
from pipeline.study.study import check_cohort, parse_study

PARAMS = {
    "seed": 0,
    "tile": {},
    "normalize": {},
    "translate": {"made": {"method": "pix2pix", "target": "IHC", "pairing": "paired"}},
    "synthesize": {},
    "pretrain": {"arms": {"plain": {"objective": "unprivileged", "loss": "vicreg"}}},
    "evaluate": {"tasks": {"tissue": {"kind": "annotation"}}, "baseline": "plain"},
    "report": {},
}
REAL = {"objective": "trident", "loss": "vicreg", "privileged": "real/CK"}
ONLY = {"objective": "unprivileged", "loss": "vicreg", "only_with": "CK"}


def slide(name, patient, stain, split, **more):
    place = {"slide_id": name, "path": f"{name}.svs", "patient_id": patient}
    return Slide(**place, site="x", stain=stain, split=split, **more)


SLIDES = {
    s.slide_id: s
    for s in (
        slide("a", "a", "HE", "train", label="tumour"),
        slide("a-IHC", "a", "IHC", "train", paired_with="a"),
        slide("b", "b", "HE", "test", annotations="b.geojson"),
        slide("b-CK", "b", "CK", "test", paired_with="b"),
        slide("c", "c", "CK", "train"),
    )
}


def check(slides=None, **changes):
    params = copy.deepcopy(PARAMS)
    for path, value in changes.items():
        section = params
        *above, last = path.split("__")
        for part in above:
            section = section[part]
        section[last] = value
    check_cohort(parse_study(params), {**SLIDES, **(slides or {})})


def without(name, **columns):
    return {name: SLIDES[name].changed(**columns)}


def test_a_sound_cohort_passes():
    check(normalize__reference="a")


def test_a_view_is_made_from_what_encoders_see():
    back = {"method": "cyclegan", "source": "IHC", "target": "HE", "pairing": "unpaired"}
    arm = {"objective": "trident", "loss": "vicreg", "privileged": "made"}
    with pytest.raises(StudyError, match="'made' translates 'IHC', and encoders learn from 'HE'") as error:
        check(translate__made=back, pretrain__arms__made=arm)
    assert error.value.where == "params.yaml: pretrain.arms.made.privileged"


def test_stains_to_normalise_are_in_the_sheet():
    with pytest.raises(StudyError, match=r"no slide of a stain in \['H&E'\] in the train split") as error:
        check(normalize__stains=["H&E"])
    assert "CK, HE, IHC" in error.value.fix
    assert "set normalize.method to none" in error.value.fix
    check(normalize__stains=["H&E"], normalize__method="none")


@pytest.mark.parametrize(
    ("slides", "changes", "where", "found", "fix"),
    [
        (without("a-IHC", paired_with=""), {}, "translate.made.pairing", "none at all", "registered are: CK to HE"),
        ({}, {"translate__made__target": "PAS"}, "made.target", "none at all", "its stains are: CK, HE, IHC"),
        ({}, {"translate__made__target": "CK"}, "made.pairing", "b-CK (test)", "split column"),
        ({}, {"pretrain__arms__real": REAL}, "pretrain.arms.real.privileged", "b-CK (test)", "split column"),
        ({}, {"pretrain__arms__only": ONLY}, "pretrain.arms.only.only_with", "b-CK (test)", "split column"),
        ({}, {"evaluate__tasks__ck": {"kind": "stain", "stain": "CK"}}, "tasks.ck.stain", "b-CK (test)", "test_share"),
        ({}, {"evaluate__tasks__i": {"kind": "stain", "stain": "IHC"}}, "tasks.i.stain", "a-IHC (train)", "test_share"),
        (
            {},
            {"evaluate__tasks__n": {"kind": "count", "stain": "IHC"}},
            "tasks.n.stain",
            "to count: a-IHC",
            "kind mask",
        ),
        ({}, {"evaluate__tasks__n": {"kind": "count", "stain": "nuclei"}}, "tasks.n.stain", "none at all", "CK to HE"),
        (without("a", label=""), {}, "evaluate.tasks.tissue", "train split; it has b (test)", "split column"),
        (without("b", annotations=""), {}, "evaluate.tasks.tissue", "test split; it has a (train)", "split column"),
        ({}, {"normalize__reference": "b"}, "normalize.reference", "'b' is a test slide of HE", "'auto', or one of: a"),
        ({}, {"normalize__reference": "c"}, "normalize.reference", "'c' is a train slide of CK", "one of: a"),
        ({}, {"normalize__reference": "z"}, "normalize.reference", "'z' is no slide", "one of: a"),
    ],
)
def test_what_the_sheet_lacks_is_told_with_key_and_fix(slides, changes, where, found, fix):
    with pytest.raises(StudyError) as error:
        check(slides, **changes)
    assert where in error.value.where
    assert found in error.value.message
    assert fix in error.value.fix


@pytest.mark.parametrize(("lost", "split"), [("a", "train"), ("b", "test")])
def test_the_primary_stain_is_trained_and_tested_on(lost, split):
    stained = {"evaluate__tasks": {"ihc": {"kind": "stain", "stain": "IHC"}}, "translate": {}}
    slides = {name: s.changed(split="val") if s.patient_id == lost else s for name, s in SLIDES.items()}
    slides["b-IHC"] = slide("b-IHC", "b", "IHC", "test", paired_with="b")
    slides["a-IHC"] = SLIDES["a-IHC"]
    with pytest.raises(StudyError, match=f"no slide of stain 'HE' in the {split} split") as error:
        check(slides, **stained)
    assert "tile.test_share" in error.value.fix


def test_an_ambiguous_primary_stain_is_told():
    slides = {"x": slide("x", "x", "CK", "train"), "y": slide("y", "y", "PAS", "test")}
    assert primary_stains(slides) == {"CK", "PAS"}
    with pytest.raises(StudyError, match="CK or PAS"):
        check_cohort(parse_study(PARAMS), slides)


def test_the_folder_of_coordinates_is_looked_at_before_any_job(tmp_path):
    folder = tmp_path / "given"
    with pytest.raises(StudyError, match="no folder") as error:
        check(tile__coordinates=str(folder))
    assert error.value.where == "params.yaml: tile.coordinates"
    folder.mkdir()
    (folder / "a-IHC_patches.h5").touch()  # registered slides take their partner's tiles
    with pytest.raises(StudyError, match=r"of none of the slides, such as a_patches.h5 or a.h5") as error:
        check(tile__coordinates=str(folder))
    assert "slide_id" in error.value.fix
    (folder / "b.h5").touch()
    check(tile__coordinates=str(folder))


@pytest.mark.parametrize(
    ("stain", "folder", "fit"),
    [("nuclei", "data/phantom", True), ("nuclei", "raw", False), ("IHC", "data/phantom", False)],
)
def test_instances_are_those_of_simulated_masks(stain, folder, fit):
    pairs = {
        f"{name}-{stain}": slide(f"{name}-{stain}", name, stain, split, paired_with=name).changed(
            path=f"{folder}/{name}-{stain}.tif"
        )
        for name, split in (("a", "train"), ("b", "test"))
    }
    changes = {"tile__phantom": {}, "evaluate__tasks__n": {"kind": "count", "stain": stain}}
    if fit:
        check(pairs, **changes)
        return
    with pytest.raises(StudyError, match=f"without instances to count: a-{stain}, b-{stain}"):
        check(pairs, **changes)
