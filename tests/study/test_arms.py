import pytest

from pipeline.study.arms import baseline_of, entries, role
from pipeline.study.pretrain import Arm, Augment
from pipeline.study.study import parse_study

ARMS = {
    "random": Arm(objective="untrained"),
    "contrast": Arm(objective="unprivileged", loss="infonce"),
    "contrast_pairs": Arm(objective="unprivileged", loss="infonce", only_with="IHC"),
    "contrast_made": Arm(objective="trident", loss="infonce", privileged="toy", loss_options={"temperature": 0.5}),
    "contrast_cold": Arm(objective="trident", loss="infonce", privileged="toy", loss_options={"temperature": 0.1}),
    "contrast_noise": Arm(objective="trident", loss="infonce", privileged="toy", control="blank"),
    "base": Arm(objective="unprivileged", loss="vicreg"),
    "again": Arm(objective="unprivileged", loss="vicreg"),
    "real": Arm(objective="siamese", loss="vicreg", privileged="real/IHC", loss_options={"mode": "released"}),
    "labels": Arm(objective="supervised", task="tissue"),
}


@pytest.mark.parametrize(
    ("name", "expected", "baseline"),
    [
        ("random", "floor", "base"),
        ("contrast", "baseline", "base"),
        ("contrast_pairs", "plain", "contrast"),
        ("contrast_made", "synthetic", "contrast"),
        ("contrast_cold", "synthetic", "base"),
        ("contrast_noise", "control", "contrast"),
        ("base", "baseline", None),
        ("again", "plain", "base"),
        ("real", "real", "base"),
        ("labels", "ceiling", "base"),
    ],
)
def test_an_arm_is_compared_with_the_unprivileged_arm_of_its_loss(name, expected, baseline):
    assert role(name, ARMS, "base") == expected
    assert baseline_of(name, ARMS, "base") == baseline


def test_the_baseline_that_was_asked_for_stands_for_its_loss():
    assert baseline_of("base", ARMS, "real") == "real"
    assert role("base", ARMS, "real") == "plain"
    assert baseline_of("contrast_made", ARMS, "real") == "contrast"


def test_an_arm_may_name_what_it_is_compared_with():
    pairs = Arm(objective="unprivileged", loss="vicreg", only_with="IHC")
    equal = Arm(objective="trident", loss="vicreg", privileged="toy", only_with="IHC", against="real")
    real = ARMS["real"].model_copy(update={"against": "pairs"})
    arms = {**ARMS, "pairs": pairs, "equal": equal, "real": real}
    assert (role("equal", arms, "base"), baseline_of("equal", arms, "base")) == ("synthetic", "real")
    assert (role("real", arms, "base"), baseline_of("real", arms, "base")) == ("real", "pairs")
    assert (role("pairs", arms, "base"), baseline_of("pairs", arms, "base")) == ("plain", "base")


def test_an_arm_is_compared_with_one_of_its_augmentation_then_of_its_loss():
    weak, none = Augment(colour=0.3), Augment(colour=0.0)
    arms = {
        "base": Arm(objective="unprivileged", loss="vicreg"),
        "base_weak": Arm(objective="unprivileged", loss="vicreg", augment=weak),
        "contrast": Arm(objective="unprivileged", loss="infonce"),
        "made": Arm(objective="trident", loss="vicreg", privileged="toy"),
        "made_weak": Arm(objective="trident", loss="vicreg", privileged="toy", augment=weak),
        "made_none": Arm(objective="trident", loss="vicreg", privileged="toy", augment=none),
        "contrast_weak": Arm(objective="trident", loss="infonce", privileged="toy", augment=weak),
    }
    found = {name: baseline_of(name, arms, "base") for name in arms}
    assert found == {
        "base": None,
        "base_weak": "base",
        "contrast": "base",
        "made": "base",
        "made_weak": "base_weak",
        "made_none": "base",
        "contrast_weak": "contrast",
    }
    assert role("base_weak", arms, "base") == "baseline"


def test_an_augmentation_of_an_arm_is_said():
    arms = {
        "base": {"objective": "unprivileged", "loss": "infonce"},
        "weak": {"objective": "unprivileged", "loss": "infonce", "augment": {"colour": 0.3}},
        "labels": {"objective": "supervised", "task": "tissue", "augment": {"preset": "released"}},
    }
    tasks = {"tissue": {"kind": "annotation"}}
    study = parse_study({"pretrain": {"arms": arms}, "evaluate": {"baseline": "base", "tasks": tasks}})
    found = {entry["name"]: (entry["text"], entry["against"]) for entry in entries(study)}
    said = "InfoNCE, corrected augmentation (colour 0.3, geometry 1)"
    assert found["base"] == ("two views of the slide, InfoNCE", "")
    assert found["weak"] == (f"two views of the slide, {said}", f"{said}, over “base” with InfoNCE")
    assert found["labels"][0] == "trained with all labels of “tissue”, released augmentation"


def test_the_floor_may_be_the_baseline():
    assert role("random", ARMS, "random") == "baseline"
    assert baseline_of("labels", ARMS, "random") == "random"
    assert baseline_of("base", ARMS, "random") == "again"  # of two alike, the first by name
