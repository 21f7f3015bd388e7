"""How a batch is shared, and by what steps are taken: what jobs know of it, and the mistakes."""

import pytest

from pipeline.core.errors import StudyError
from pipeline.study import pretrain
from pipeline.study.study import parse_study

PLAIN = {"objective": "unprivileged", "loss": "vicreg"}
LABELLED = {"objective": "supervised", "task": "tissue"}
FLOOR = {"objective": "untrained"}


def study(arms, **section):
    evaluate = {"baseline": next(iter(arms)), "tasks": {"tissue": {"kind": "annotation"}}}
    return parse_study({"pretrain": {"arms": arms, "seeds": [0], **section}, "evaluate": evaluate})


def spec(name, arms, **section):
    return next(job.spec for job in pretrain.jobs(study(arms, **section), {}) if job.key[:1] == (name,))


def mistake(arms, **section):
    with pytest.raises(StudyError) as error:
        study(arms, **section)
    return error.value


def test_what_takes_no_step_takes_one_device():
    arms, scale = {"arm": LABELLED, "floor": FLOOR}, {"devices": 2, "nodes": 2, "accumulate": 4}
    found = [{key: spec(name, arms, **scale)[key] for key in scale} for name in arms]
    assert found == [scale, dict.fromkeys(scale, 1)]


@pytest.mark.parametrize(
    ("given", "filled"),
    [
        ({}, ("adam", {})),
        ({"optimizer": "adamw"}, ("adamw", {"weight_decay": 0.01})),
        (
            {"optimizer": "lars", "optimizer_options": {"momentum": 0.5}},
            ("lars", {"weight_decay": 1e-6, "momentum": 0.5}),
        ),
    ],
)
def test_a_job_knows_all_options_of_its_optimiser(given, filled):
    found = spec("arm", {"arm": PLAIN}, **given)
    assert (found["optimizer"], found["optimizer_options"]) == filled


@pytest.mark.parametrize(
    ("given", "where", "message"),
    [
        ({"optimizer": "rmsprop"}, "pretrain.optimizer", "choose one of: adam, adamw, lars, sgd"),
        ({"optimizer_options": {"weight_decay": 0.1}}, "pretrain.optimizer_options.weight_decay", "weight_decay"),
        (
            {"optimizer": "adamw", "optimizer_options": {"momentum": 0.9}},
            "pretrain.optimizer_options.momentum",
            "known: weight_decay",
        ),
        ({"batch": 12, "devices": 2, "nodes": 2, "accumulate": 2}, "pretrain.batch", "2 nodes x 2 devices x 2 parts"),
        ({"batch": 8, "accumulate": 8}, "pretrain.accumulate", "a part of one tile"),
        ({"devices": 0}, "pretrain.devices", "greater than or equal to 1"),
    ],
)  # fmt: skip
def test_mistakes_are_told(given, where, message):
    found = mistake({"arm": LABELLED}, **given)
    assert found.where == f"params.yaml: {where}"
    assert message in str(found)


def test_parts_are_for_losses_that_are_means_over_tiles():
    study({"arm": LABELLED, "floor": FLOOR}, accumulate=2)
    found = mistake({"arm": PLAIN, "floor": FLOOR}, accumulate=2)
    assert found.where == "params.yaml: pretrain.arms.arm.objective"
    assert "'unprivileged' compares the tiles of a batch" in found.message


def test_a_part_does_not_have_the_tiles_of_a_shuffled_view():
    arms = {"floor": FLOOR, "arm": {"objective": "predict", "privileged": "real/IHC"}}
    study(arms, accumulate=2)
    found = mistake({**arms, "arm": {**arms["arm"], "control": "shuffled"}}, accumulate=2)
    assert found.where == "params.yaml: pretrain.arms.arm.control"
    assert "a part does not have them all" in found.message
