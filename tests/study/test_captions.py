import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from pipeline.core.errors import StudyError
from pipeline.core.slides.slide import Slide
from pipeline.core.text.tokens import word_tokenizer
from pipeline.study import evaluate, pretrain
from pipeline.study.entries import entries
from pipeline.study.study import check_cohort, parse_study

CLASSES = {"templates": ["an H&E tile of {label} tissue from site {site}", "{label}"]}
TOKENIZER = word_tokenizer(["a tile"])
SLIDES = {
    name: Slide(slide_id=name, path=f"{name}.svs", patient_id=name, stain="HE", split=split, label=label)
    for name, split, label in (("a", "train", "tumour"), ("b", "train", ""), ("c", "test", "tumour"))
}
CLIP = {"objective": "clip", "captions": "classes"}


def study(sources=None, evaluate=None, **arms):
    sources = {"classes": CLASSES} if sources is None else sources
    given = {"tasks": {"tissue": {"kind": "annotation"}}, "baseline": "told", **(evaluate or {})}
    return parse_study({"pretrain": {"arms": {"told": CLIP, **arms}, "captions": sources}, "evaluate": given})


def trained(found):
    return next(job for job in pretrain.jobs(found, {}) if job.key == ("told", "0"))


def asked(found):
    return {job.key[0]: job for job in evaluate.jobs(found, {}) if job.rule == "evaluate_encoder"}


def test_a_job_has_the_captions_of_its_arm():
    job = trained(study())
    assert job.spec["captions"] == {**CLASSES, "partial": False}
    small = {"text": None, "text_rate": 1.0, "layers": 2, "text_width": 128, "heads": 4}
    assert job.spec["arm"]["options"] == {"width": 512, **small}
    assert "captions" not in job.inputs


def test_a_file_is_an_input_of_training_and_of_evaluation():
    found = study({"classes": {"file": "data/said.csv"}})
    assert trained(found).inputs["captions"] == asked(found)["told"].inputs["captions"] == Path("data/said.csv")


def test_arms_that_read_nothing_are_asked_nothing_in_sentences():
    jobs = asked(study(plain={"objective": "unprivileged", "loss": "vicreg"}))
    assert jobs["told"].spec["language"] == {
        "captions": {**CLASSES, "partial": False},
        "prompts": ["a tile of {label}"],
        "concepts": {},
    }
    assert jobs["plain"].spec["language"] is None


def test_labels_in_captions_are_told_to_be_labels():
    other = {"objective": "clip_lite", "captions": "sites"}
    found = study({"classes": CLASSES, "sites": {"templates": ["site {site}"]}}, sites=other)
    texts = {entry["name"]: (entry["role"], entry["text"]) for entry in entries(found, {})}
    assert texts["told"] == ("captioned", "CLIP, captions “classes” of the tiles' labels (supervised)")
    assert texts["sites"] == ("captioned", "CLIP-Lite, captions “sites” of the slide sheet")


@pytest.mark.parametrize(
    ("sources", "arm", "where", "message"),
    [
        ({}, CLIP, "arms.told.captions", "no captions 'classes'"),
        (None, {**CLIP, "captions": "none"}, "arms.told.captions", "choose one of: classes"),
        (None, {"objective": "clip"}, "arms.told.captions", "'clip' needs captions"),
        ({"classes": {}}, CLIP, "captions.classes", "come from templates or from a file"),
        ({"classes": {**CLASSES, "file": "a.csv"}}, CLIP, "captions.classes", "one of them"),
        (
            {"classes": {"templates": ["{label}", "grade {grade}"]}},
            CLIP,
            "captions.classes.templates.1",
            "known: slide_id, patient_id, site, stain, label",
        ),
        ({"classes": {"templates": ["{label"]}}, CLIP, "captions.classes.templates.0", "is no template"),
        (None, {**CLIP, "options": {"heads": 3}}, "arms.told.options", "heads, 3, does not divide text_width, 128"),
        (None, {**CLIP, "options": {"text": "t/", "layers": 3}}, "arms.told.options.layers", "'text' names one"),
        (None, {**CLIP, "options": {"text_width": 130}}, "arms.told.options", "heads, 4, does not divide"),
        (None, {**CLIP, "loss": "vicreg"}, "arms.told.loss", "'loss' has no effect on 'clip'"),
    ],
)
def test_mistakes_in_captions(sources, arm, where, message):
    with pytest.raises(StudyError) as error:
        study(sources, told=arm)
    errors = getattr(error.value, "errors", [error.value])
    assert f"params.yaml: pretrain.{where}" in [one.where for one in errors]
    assert message in str(error.value)


def test_others_read_no_captions():
    with pytest.raises(StudyError, match="'captions' has no effect on 'unprivileged'"):
        study(plain={"objective": "unprivileged", "loss": "vicreg", "captions": "classes"})


def test_a_pickled_text_encoder_is_refused_before_any_job(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02")
    found = study(told={**CLIP, "options": {"text": str(tmp_path)}})
    labelled = {**SLIDES, "b": SLIDES["b"].changed(label="stroma")}
    with pytest.raises(StudyError, match="pickled weights, which can run any code") as error:
        check_cohort(found, labelled)
    assert error.value.where == "params.yaml: pretrain.arms.told.options.text"
    with pytest.raises(StudyError, match="no text encoder: t/none"):
        check_cohort(study(told={**CLIP, "options": {"text": "t/none"}}), labelled)


def test_the_files_of_a_text_encoder_are_inputs(tmp_path):
    (tmp_path / "notes.txt").touch()
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (tmp_path / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    words = {"embeddings.word_embeddings.weight": np.zeros((len(TOKENIZER["model"]["vocab"]), 2), np.float32)}
    save_file(words, tmp_path / "model.safetensors")
    job = trained(study(told={**CLIP, "options": {"text": str(tmp_path)}}))
    names = [path.name for path in job.groups["weights"].values()]
    assert names == ["config.json", "model.safetensors", "tokenizer.json"]


@pytest.mark.parametrize(
    ("given", "where", "message"),
    [
        ({"prompts": ["a tile"]}, "prompts.0", "has no {label}"),
        ({"prompts": ["{label}", "{label} of {site}"]}, "prompts.1", "known: label, stain"),
        ({"concepts": {"site": {"templates": ["site A"], "words": ["A", "B"]}}}, "concepts.site.templates.0", "{word}"),
        ({"concepts": {"site": {"templates": ["{word}"], "words": ["A"]}}}, "concepts.site.words", "two words or more"),
        ({"concepts": {"site": {"templates": ["{word}"], "words": ["A", "A"]}}}, "concepts.site.words", "occur once"),
        ({"tasks": {"retrieval": {"kind": "annotation"}}}, "tasks.retrieval", "is taken by the pipeline"),
    ],
)
def test_mistakes_in_what_is_asked(given, where, message):
    with pytest.raises(StudyError) as error:
        study(evaluate=given)
    assert error.value.where == f"params.yaml: evaluate.{where}"
    assert message in str(error.value)


def test_slides_without_a_label_are_told_before_any_job():
    with pytest.raises(StudyError, match="1 of 2 training slides have no captions: b") as error:
        check_cohort(study(), SLIDES)
    assert error.value.where == "params.yaml: pretrain.arms.told.captions"
    assert "fill label or annotations in data/slides.csv" in error.value.fix
    check_cohort(study({"classes": {**CLASSES, "partial": True}}), SLIDES)
    check_cohort(study({"classes": {"templates": ["site {site}"]}}), SLIDES)


def test_slides_that_a_file_does_not_have_are_told_before_any_job(tmp_path):
    path = tmp_path / "said.csv"
    found = study({"classes": {"file": str(path)}})
    with pytest.raises(StudyError, match="no caption file"):
        check_cohort(found, SLIDES)
    path.write_text("slide_id,caption\nb,pale\nc,dark\n")
    with pytest.raises(StudyError, match="1 of 2 training slides have no captions: a"):
        check_cohort(found, SLIDES)
    path.write_text("slide_id,caption\nc,dark\n")
    with pytest.raises(StudyError, match="2 of 2 training slides have no captions: a, b"):
        check_cohort(study({"classes": {"file": str(path), "partial": True}}), SLIDES)
    path.write_text("slide_id,caption\na,pale\nb,dark\n")
    check_cohort(found, SLIDES)
