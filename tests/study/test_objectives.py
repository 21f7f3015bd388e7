import pytest

from pipeline.core.errors import StudyError
from pipeline.study import pretrain
from pipeline.study.arm import Arm
from pipeline.study.arm_spec import builds
from pipeline.study.arms import compared_with
from pipeline.study.encoders import Encoder
from pipeline.study.objectives import OBJECTIVES
from pipeline.study.study import parse_study

VIEW = "real/mIHC"


def study(**arms):
    return parse_study({"pretrain": {"arms": arms, "seeds": [0]}, "evaluate": {"baseline": next(iter(arms))}})


def test_options_are_filled_with_their_defaults():
    found = study(
        plain={"objective": "optiml"}, other={"objective": "byol"}, view={"objective": "predict", "privileged": VIEW}
    )
    options = {job.key[0]: job.spec["arm"]["options"] for job in pretrain.jobs(found, {}) if job.rule == "pretrain"}
    assert options == {
        "plain": {
            "marginals": "cvsim",
            "alpha": 25.0,
            "beta": 25.0,
            "eta": 1.0,
            "d_tok": 64,
            "heads": 4,
            "floor": 0.1,
            "epsilon": 0.05,
            "iterations": 50,
        },
        "other": {"momentum": 0.996},
        "view": {"side": 4},
    }


@pytest.mark.parametrize(
    ("arm", "where", "message"),
    [
        ({"objective": "optiml", "options": {"marginals": "even"}}, "options.marginals", "'gap_relevance'"),
        ({"objective": "optiml", "options": {"heads": 3}}, "options.heads", "does not divide d_tok, 64"),
        ({"objective": "optiml", "options": {"d_tok": 30}}, "options.heads", "does not divide d_tok, 30"),
        ({"objective": "optiml", "options": {"floor": 0.0}}, "options.floor", "greater than 0"),
        ({"objective": "optiml", "options": {"iterations": 0}}, "options.iterations", "greater than or equal to 1"),
        ({"objective": "optiml", "control": "blank"}, "control", "'blank' has no view that it could stand for"),
        ({"objective": "optiml", "loss": "vicreg"}, "loss", "'loss' has no effect on 'optiml'"),
        ({"objective": "byol", "options": {"momentum": 1.0}}, "options.momentum", "less than 1"),
        ({"objective": "byol", "privileged": VIEW}, "privileged", "'byol' takes no privileged source"),
        ({"objective": "predict"}, "privileged", "'predict' needs a privileged source"),
        ({"objective": "predict", "privileged": VIEW, "options": {"side": 0}}, "options.side", "greater than or equal"),
    ],
)
def test_mistakes_are_told_with_their_key(arm, where, message):
    with pytest.raises(StudyError) as error:
        study(arm=arm)
    assert error.value.where == f"params.yaml: pretrain.arms.arm.{where}"
    assert message in str(error.value)


def test_numbers_are_predicted_and_have_no_map():
    def learned(objective):
        arms = {"arm": {"objective": objective, "privileged": "vector/genes"}}
        section = {"arms": arms, "vectors": {"genes": {"path": "genes.csv"}}, "seeds": [0]}
        return parse_study({"pretrain": section, "evaluate": {"baseline": "arm"}}).pretrain.arms["arm"]

    assert learned("predict").vector == "genes"
    with pytest.raises(StudyError, match="takes no table of numbers"):
        learned("optiml")


def test_transport_of_a_view_is_compared_with_transport_without():
    arms = {
        "base": Arm(objective="unprivileged", loss="vicreg"),
        "plain": Arm(objective="optiml"),
        "own": Arm(objective="optiml", privileged="self"),
        "view": Arm(objective="optiml", privileged=VIEW),
        "rival": Arm(objective="predict", privileged=VIEW),
    }
    found = compared_with("view", arms, "base")
    assert (found["published"], found["controls"]) == ("plain", ["own"])
    assert compared_with("rival", arms, "base")["published"] == "base"


def test_transport_is_compared_with_transport_of_the_same_options():
    uniform = {"marginals": "uniform"}
    arms = {
        "base": Arm(objective="unprivileged", loss="vicreg"),
        "plain": Arm(objective="optiml"),
        "even": Arm(objective="optiml", options=uniform),
        "view": Arm(objective="optiml", options=uniform, privileged=VIEW),
    }
    assert [compared_with(name, arms, "base")["published"] for name in ("view", "even")] == ["even", "base"]


def test_a_network_is_the_same_however_it_is_written():
    short, long = Encoder(depth=18), Encoder(depth=18, width=64)
    arms = {
        "base": Arm(objective="unprivileged", loss="vicreg", encoder=short),
        "own": Arm(objective="trident", loss="vicreg", privileged="self", encoder=short),
        "view": Arm(objective="trident", loss="vicreg", privileged=VIEW, encoder=long),
    }
    found = compared_with("view", arms, "base")
    assert (found["published"], found["controls"]) == ("base", ["own"])


def test_an_encoder_that_nobody_builds_is_no_part_of_a_job():
    given = {"start": "models/uni", "objective": "predict", "privileged": VIEW}
    assert not builds(Arm(**given))
    assert not builds(Arm(**{**given, "objective": "trident", "loss": "vicreg", "privileged": "vector/genes"}))
    assert builds(Arm(**{**given, "objective": "trident", "loss": "vicreg"}))
    assert builds(Arm(objective="predict", privileged=VIEW))


def test_gradients_accumulate_where_a_loss_is_a_mean_over_samples():
    assert {name for name in ("byol", "optiml", "predict", "trident") if OBJECTIVES[name].separable} == {
        "byol",
        "predict",
    }
