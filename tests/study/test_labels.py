from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.slide import Slide
from pipeline.engine.closure import closure
from pipeline.study.labels import READER, check_labels, check_simulated, labelling_of
from pipeline.study.stains import SIMULATED
from pipeline.study.study import parse_study
from pipeline.study.tile import jobs

AXONS = {"kind": "mask", "classes": ["myelin", "axon"], "values": {0: 0, 127: 1, 255: 2}}
IMAGE = Slide(slide_id="a", path="a.png", stain="TEM", mpp=0.01, patient_id="p", split="train")


def mask(path="m.png", stain="axons", **more):
    given = {"slide_id": "m", "path": str(path), "stain": stain, "patient_id": "p", "paired_with": "a"}
    return Slide(**{**given, "split": "train", **more})


def labelling(slide, **stains):
    return labelling_of(slide, parse_study({"stains": stains}).stains)


def test_values_make_pictures_label_files():
    found = labelling(mask(), axons=AXONS)
    assert found == Labelling("axons", None, ("myelin", "axon"), {0: 0, 127: 1, 255: 2}, READER)
    assert Labelling.of(found.spec()) == found


@pytest.mark.parametrize(
    ("path", "stain", "expected"),
    [
        ("m.png", {"kind": "mask"}, False),  # white nuclei on black, as before
        ("m.svs", {"kind": "mask", "classes": ["a"]}, False),
        ("m.png", {"kind": "mask", "classes": ["a"]}, True),
        ("m.jpg", {"kind": "mask", "values": {0: 0, 9: 1}}, True),  # and refused when it is opened
        ("m.tif", {"kind": "mask", "labels": "instance"}, True),
        ("m.mat", {"kind": "mask"}, True),
        ("m.mat", {"kind": "light"}, False),
    ],
)
def test_who_is_a_label_file(path, stain, expected):
    assert (labelling(mask(path), axons=stain) is not None) is expected


@pytest.mark.parametrize(("name", "expected"), [("m.mat", True), ("m.png", False)])
def test_a_folder_is_known_by_what_it_holds(tmp_path, name, expected):
    (tmp_path / name).touch()
    assert (labelling(mask(tmp_path, stain="nuclei")) is not None) is expected


@pytest.mark.parametrize(
    ("stain", "told"),
    [
        ({"kind": "light", "values": {0: 0}}, "a stain of kind 'light' has no values"),
        ({"kind": "light", "labels": "class"}, "a stain of kind 'light' has no labels"),
        ({"kind": "mask", "classes": ["a"], "values": {0: 0, 9: 2}}, "class id 2, and the names of 1 classes"),
        ({"kind": "mask", "values": {0: 0, 9: 1}, "labels": "instance"}, "'values' are those of classes"),
        ({"kind": "mask", "invert": True}, "a stain of kind 'mask' is not turned, only one of kind 'electron'"),
        ({"kind": "mask", "values": {}}, "empty"),
        ({"kind": "mask", "labels": "nuclei"}, "labels"),
    ],
)
def test_what_a_stain_cannot_say(stain, told):
    with pytest.raises(StudyError) as caught:
        parse_study({"stains": {"X": stain}})
    assert told in str(caught.value)


def planned(*slides, **stains) -> dict[str, Job]:
    study = parse_study({"stains": stains})
    return {job.key[0]: job for job in jobs(study, {s.slide_id: s for s in slides}) if job.rule == "tile"}


def test_label_files_alone_name_the_code_that_reads_them(tmp_path):
    path = tmp_path / "m.png"
    path.touch()
    he = Slide(slide_id="h", path="h.svs", split="train", patient_id="p")
    found = planned(IMAGE, mask(path), he, axons=AXONS, TEM={"kind": "electron", "invert": True})
    assert found["m"].code["labels"] == READER
    assert found["m"].spec["labels"]["values"] == [[0, 0], [127, 1], [255, 2]]
    assert found["m"].groups["images"] == {path.as_posix(): path}
    assert (found["a"].spec["searched"], found["a"].spec["invert"]) == (False, True)
    assert set(found["h"].code) == {"maker"}
    assert not {"labels", "searched", "invert"} & set(found["h"].spec)


def test_code_that_reads_labels_acts_on_no_image():
    reached = closure(["pipeline.tile.tiles"])
    assert "pipeline.core.slides.label_source" in reached
    assert not any(name.startswith(("pipeline.core.slides.label_files", "pipeline.core.diffusion")) for name in reached)
    assert "pipeline.core.diffusion.nuclei" in closure([READER.partition(":")[0]])


def test_every_picture_of_an_object_is_an_input(tmp_path):
    for name in ("a/masks/1.png", "b/masks/2.png"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    job = planned(IMAGE, mask(tmp_path / "*/masks"), axons={"kind": "mask", "labels": "objects"})["m"]
    assert [Path(name).name for name in job.groups["images"]] == ["1.png", "2.png"]


def mistakes(slide, **stain):
    stains = parse_study({"stains": {"axons": {"kind": "mask", **stain}}}).stains
    return list(check_labels({"a": IMAGE, "m": slide}, stains))


def test_labels_without_an_image_are_a_mistake():
    (error,) = mistakes(mask(paired_with=""), classes=["a"])
    assert "slide 'm' holds labels, and nothing says which image they are of" in error.message
    assert error.where == "data/slides.csv: paired_with"
    assert not mistakes(mask(paired_with="", mpp=0.01), classes=["a"])
    assert not mistakes(mask(), classes=["a"])


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (["tumour", "gland", "stroma", "lymphoid"], "found tumour, gland, stroma, lymphoid"),
        (["epithelial"], "found epithelial"),
    ],
)
def test_classes_of_simulated_nuclei_are_called_what_they_are(classes, told):
    stains = parse_study({"stains": {"nuclei": {"kind": "mask", "classes": classes}}}).stains
    (mistake,) = check_simulated({"m": mask(stain="nuclei")}, stains)
    assert told in mistake.message
    assert mistake.where == "params.yaml: stains.nuclei.classes"


def test_names_of_simulated_nuclei_may_be_said():
    stains = parse_study({"stains": {"nuclei": {"kind": "mask", "classes": [*SIMULATED]}}}).stains
    assert [*check_simulated({"m": mask(stain="nuclei")}, stains)] == []
