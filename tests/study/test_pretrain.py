from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.study import pretrain
from pipeline.study.arm import Augment
from pipeline.study.study import parse_study

PLAIN = {"objective": "unprivileged", "loss": "vicreg"}
REAL = {"objective": "trident", "loss": "vicreg", "privileged": "real/mIHC"}
WEAK = {"preset": "corrected", "colour": 0.3}
STAINS = {"TEM": {"kind": "electron"}}


def study(augment=None, stains=None, **arms):
    section = {"arms": arms, "seeds": [0], **({"augment": augment} if augment is not None else {})}
    return parse_study({"pretrain": section, "stains": stains or {}, "evaluate": {"baseline": next(iter(arms))}})


def specs(study):
    """Name of each arm to its job's spec."""
    return {job.key[0]: job.spec for job in pretrain.jobs(study, {}) if job.rule == "pretrain"}


def test_the_usual_augmentation_is_corrected_at_full_strength():
    assert specs(study(plain=PLAIN))["plain"]["augment"] == {"preset": "corrected", "colour": 1.0, "geometry": 1.0}


def test_the_study_decides_where_an_arm_does_not():
    found = specs(study({"geometry": 0.5}, plain=PLAIN, weak={**PLAIN, "augment": WEAK}))
    assert found["plain"]["augment"] == {"preset": "corrected", "colour": 1.0, "geometry": 0.5}
    assert found["weak"]["augment"] == {"preset": "corrected", "colour": 0.3, "geometry": 1.0}
    assert "augment" not in found["weak"]["arm"]


def test_a_job_knows_of_stain_augmentation_where_there_is_some():
    """So that no encoder of a study without is made anew."""
    found = specs(study(plain=PLAIN, stained={**PLAIN, "augment": {"colour": 0.0, "stain": 0.3}}))
    assert "stain" not in found["plain"]["augment"]
    assert found["stained"]["augment"] == {"preset": "corrected", "colour": 0.0, "geometry": 1.0, "stain": 0.3}


@pytest.mark.parametrize("usual", [{"colour": 0.0}, {"preset": "released"}, WEAK])
def test_an_arm_with_its_own_augmentation_is_not_made_anew_when_the_study_changes(usual):
    arms = {"plain": PLAIN, "weak": {**PLAIN, "augment": WEAK}}
    before, after = specs(study(**arms)), specs(study(usual, **arms))
    assert before["weak"] == after["weak"]
    assert before["plain"] != after["plain"]


def test_an_arm_that_repeats_the_study_has_no_augmentation_of_its_own():
    arms = study(WEAK, same={**PLAIN, "augment": WEAK}, other={**PLAIN, "augment": {}}).pretrain.arms
    assert arms["same"].augment is None
    assert arms["other"].augment == Augment()


def test_a_job_knows_what_the_tiles_and_the_view_are_pictures_of(monkeypatch):
    found = study(None, STAINS, plain=PLAIN, real=REAL)
    monkeypatch.setattr(type(found), "primary", lambda self, slides: "TEM")
    kinds = {name: (spec["primary_kind"], spec["view_kind"]) for name, spec in specs(found).items()}
    assert kinds == {"plain": ("electron", None), "real": ("electron", "fluorescence")}


@pytest.mark.parametrize(
    ("augment", "key", "message"),
    [
        ("corrected", "", "expected keys and values, found 'corrected'"),
        ({"preset": "faithful"}, ".preset", "choose one of: 'corrected', 'released'"),
        ({"color": 1}, ".color", "known: preset, colour, geometry"),
        ({"colour": -0.1}, ".colour", "greater than or equal to 0"),
        ({"geometry": 2.5}, ".geometry", "less than or equal to 2"),
        ({"colour": "0.3"}, ".colour", "the default is 1.0"),
        ({"preset": "released", "colour": 0.3}, ".colour", "'released', a published augmentation, has no strength"),
        ({"preset": "released", "geometry": 0}, ".geometry", "set preset: corrected"),
        ({"preset": "clip_lite", "stain": 0.3}, ".stain", "'clip_lite', a published augmentation, has no strength"),
        ({"stain": 1.5}, ".stain", "less than or equal to 1"),
    ],
)
def test_mistakes_of_an_augmentation_are_told_in_the_study_and_in_an_arm(augment, key, message):
    with pytest.raises(StudyError) as error:
        study(augment, plain=PLAIN)
    assert error.value.where == f"params.yaml: pretrain.augment{key}"
    assert message in str(error.value)
    with pytest.raises(StudyError) as error:
        study(plain={**PLAIN, "augment": augment})
    assert error.value.where == f"params.yaml: pretrain.arms.plain.augment{key}"
    assert message in str(error.value)


def test_what_is_not_trained_takes_no_augmentation():
    with pytest.raises(StudyError, match="'augment' has no effect on 'untrained'"):
        study(floor={"objective": "untrained", "augment": WEAK})
    study(labels={**PLAIN, "augment": WEAK})


STUDENT = {"objective": "pretrained"}
TAUGHT = {"objective": "mimkd", "teacher": "./w"}


def test_a_student_waits_for_its_teacher_of_another_size():
    found = study(large={**PLAIN, "encoder": {"depth": 50}}, student={**TAUGHT, "teacher": "large"})
    jobs = {job.key[0]: job for job in pretrain.jobs(found, {}) if job.rule == "pretrain"}
    assert jobs["student"].inputs["teacher"] == jobs["large"].manifest
    assert jobs["student"].spec["arm"]["options"]["bank"]["negatives"] == 4096


def test_an_arm_waits_for_the_encoder_that_it_starts_from():
    found = study(plain=PLAIN, frozen={**STUDENT, "start": "plain"})
    jobs = {job.key[0]: job for job in pretrain.jobs(found, {}) if job.rule == "pretrain"}
    assert jobs["frozen"].inputs["start"] == jobs["plain"].manifest


@pytest.mark.parametrize(
    ("arms", "where", "message"),
    [
        ({"frozen": STUDENT}, "frozen.start", "'pretrained' needs weights"),
        ({"frozen": {**STUDENT, "start": "none"}}, "frozen.start", "'none' is no other arm"),
        ({"frozen": {**STUDENT, "start": "frozen"}}, "frozen.start", "'frozen' is no other arm"),
        (
            {"a": {**PLAIN, "start": "b"}, "b": {**PLAIN, "start": "c"}, "c": {**PLAIN, "start": "a"}},
            "a",
            "arms wait for one another: a -> b -> c -> a",
        ),
        (
            {"plain": {**PLAIN, "start": "./w", "encoder": {"depth": 18}}},
            "plain.encoder",
            "both say what the encoder is",
        ),
        ({"plain": {**PLAIN, "encoder": {"family": "vgg"}}}, "plain.encoder.family", "unknown method 'vgg'"),
        ({"plain": {**PLAIN, "encoder": {"depth": 19}}}, "plain.encoder.depth", "19"),
        ({"plain": {**PLAIN, "teacher": "./w"}}, "plain.teacher", "'teacher' has no effect on 'unprivileged'"),
        ({"a": {**STUDENT, "start": "./models/encoders/base/0"}}, "a.start", "is a product of this study"),
        ({"a": {**STUDENT, "start": str(Path("models/encoders/a/0").absolute())}}, "a.start", "is a product of this"),
        ({"genes": {**REAL, "privileged": "vector/genes"}}, "genes.privileged", "no table 'genes'"),
        ({"student": {"objective": "mimkd"}}, "student.teacher", "'mimkd' needs a teacher"),
        ({"student": {**TAUGHT, "objective": "kd"}}, "student.task", "'kd' needs a task of classes, not None"),
        ({"student": {**TAUGHT, "options": {"alpha": 0.5}}}, "student.options.alpha", "no task gives any"),
        (
            {"student": {**TAUGHT, "options": {f"lambda_{term}": 0.0 for term in ("global", "local", "feature")}}},
            "student.options",
            "one of lambda_global, lambda_local and lambda_feature has to be above 0",
        ),
    ],
)
def test_mistakes_of_what_an_arm_comes_from(arms, where, message):
    with pytest.raises(StudyError) as error:
        study(**{"base": PLAIN, **arms})
    assert error.value.where == f"params.yaml: pretrain.arms.{where}"
    assert message in str(error.value)


def test_a_teacher_has_an_encoder_for_every_repeat():
    arms = {"floor": {"objective": "untrained"}, "student": {"objective": "feature_regression", "teacher": "floor"}}
    section = {"arms": {"base": PLAIN, **arms}, "seeds": [0, 1, 2], "untrained": 1}
    with pytest.raises(StudyError, match="'floor' has no encoder of seeds 1, 2") as error:
        parse_study({"pretrain": section, "evaluate": {"baseline": "base"}})
    assert error.value.where == "params.yaml: pretrain.arms.student.teacher"


def test_an_arm_that_repeats_the_study_has_no_encoder_and_no_rate_of_its_own():
    usual = {"family": "resnet", "depth": 50, "width": 64, "stem": "standard"}
    arms = study(same={**PLAIN, "encoder": usual, "lr": 1e-4}, other={**PLAIN, "encoder": {"depth": 18}}).pretrain.arms
    assert (arms["same"].encoder, arms["same"].lr) == (None, None)
    assert arms["other"].encoder is not None


def test_what_is_not_trained_does_not_depend_on_how_others_are():
    floor = {"objective": "untrained"}
    section = {"arms": {"base": PLAIN, "floor": floor}, "seeds": [0]}
    before, after = (
        specs(parse_study({"pretrain": {**section, "epochs": epochs}, "evaluate": {"baseline": "base"}}))
        for epochs in (3, 4)
    )
    assert before["floor"] == after["floor"]
    assert before["base"] != after["base"]


def test_only_who_reads_captions_or_vectors_depends_on_their_code():
    found = study(base=PLAIN)
    (job,) = (job for job in pretrain.jobs(found, {}) if job.rule == "pretrain")
    assert sorted(job.code) == ["encoder", "loss", "maker", "objective"]
