import pytest

from pipeline.study.arm import Arm, Augment
from pipeline.study.arms import compared_with, role
from pipeline.study.entries import entries
from pipeline.study.study import parse_study

VICREG = {"objective": "trident", "loss": "vicreg"}
ARMS = {
    "random": Arm(objective="untrained"),
    "contrast": Arm(objective="unprivileged", loss="infonce"),
    "contrast_pairs": Arm(objective="unprivileged", loss="infonce", only_with="IHC"),
    "contrast_made": Arm(objective="trident", loss="infonce", privileged="toy", loss_options={"temperature": 0.5}),
    "contrast_cold": Arm(objective="trident", loss="infonce", privileged="toy", loss_options={"temperature": 0.1}),
    "contrast_noise": Arm(objective="trident", loss="infonce", privileged="toy", control="blank"),
    "base": Arm(objective="unprivileged", loss="vicreg"),
    "again": Arm(objective="unprivileged", loss="vicreg"),
    "own": Arm(**VICREG, privileged="self"),
    "own_pairs": Arm(**VICREG, privileged="self", only_with="IHC"),
    "mixed": Arm(**VICREG, privileged="toy", control="shuffled"),
    "mixed_other": Arm(**VICREG, privileged="other", control="shuffled"),
    "made": Arm(**VICREG, privileged="toy"),
    "made_pairs": Arm(**VICREG, privileged="toy", only_with="IHC"),
    "made_few": Arm(**VICREG, privileged="toy", only_with="IHC", pairs=2),
    "real": Arm(**VICREG, privileged="real/IHC", loss_options={"mode": "released"}),
    "siamese": Arm(objective="siamese", loss="vicreg", privileged="real/IHC"),
    "labels": Arm(objective="supervised", task="tissue"),
    "student": Arm(objective="mimkd", teacher="made", task="tissue"),
}


@pytest.mark.parametrize(
    ("name", "expected", "published", "controls"),
    [
        ("random", "floor", "base", []),
        ("contrast", "no_view", None, []),
        ("contrast_pairs", "no_view", "contrast", []),
        ("contrast_made", "synthetic", "contrast", []),
        ("contrast_cold", "synthetic", None, []),
        ("contrast_noise", "blank", "contrast", []),
        ("base", "no_view", None, []),
        ("again", "no_view", "base", []),
        ("own", "own_view", "base", []),
        ("mixed", "shuffled", "base", []),
        ("made", "synthetic", "base", ["own", "mixed"]),
        ("made_pairs", "synthetic", "base", ["own_pairs"]),
        ("made_few", "synthetic", "base", []),
        ("real", "real", "base", ["own_pairs", "mixed", "mixed_other"]),
        ("siamese", "real", "base", []),
        ("labels", "supervised", "base", []),
        ("student", "distilled", "base", []),
    ],
)
def test_an_arm_is_compared_with_what_differs_from_it_in_the_view_alone(name, expected, published, controls):
    assert role(ARMS[name]) == expected
    found = compared_with(name, ARMS, "base")
    assert found == {
        "role": expected,
        "published": published,
        "controls": controls,
        "named": [],
        "against": [*([published] if published else []), *controls, *(["contrast"] if expected == "floor" else [])],
        "headline": expected in ("real", "synthetic") and name != "made_few",
    }


def test_an_arm_may_name_more_that_it_is_compared_with():
    arms = {**ARMS, "made": ARMS["made"].model_copy(update={"against": ["real", "own"]})}
    found = compared_with("made", arms, "base")
    assert found["named"] == ["real", "own"]
    assert found["against"] == ["base", "own", "mixed", "real"]


def test_the_baseline_that_was_asked_for_comes_first_of_those_alike():
    assert compared_with("made", ARMS, "again")["published"] == "again"
    assert compared_with("made", ARMS, "contrast")["published"] == "again"  # the first by name
    assert compared_with("contrast_made", ARMS, "again")["published"] == "contrast"


def test_an_arm_is_compared_with_arms_of_its_own_augmentation_alone():
    weak, none = {"augment": Augment(colour=0.3)}, {"augment": Augment(colour=0.0)}
    arms = {
        "base": Arm(objective="unprivileged", loss="vicreg"),
        "base_weak": Arm(objective="unprivileged", loss="vicreg", **weak),
        "own": Arm(**VICREG, privileged="self"),
        "own_weak": Arm(**VICREG, privileged="self", **weak),
        "made": Arm(**VICREG, privileged="toy"),
        "made_weak": Arm(**VICREG, privileged="toy", **weak),
        "made_none": Arm(**VICREG, privileged="toy", **none),
    }
    found = {name: compared_with(name, arms, "base") for name in ("base_weak", "made", "made_weak", "made_none")}
    assert {name: (own["published"], own["controls"]) for name, own in found.items()} == {
        "base_weak": (None, []),
        "made": ("base", ["own"]),
        "made_weak": ("base_weak", ["own_weak"]),
        "made_none": (None, []),
    }


def test_an_augmentation_of_an_arm_is_said():
    arms = {
        "base": {"objective": "unprivileged", "loss": "infonce"},
        "weak": {"objective": "unprivileged", "loss": "infonce", "augment": {"colour": 0.3}},
        "stained": {"objective": "unprivileged", "loss": "infonce", "augment": {"colour": 0.0, "stain": 0.3}},
        "labels": {"objective": "supervised", "task": "tissue", "augment": {"preset": "released"}},
    }
    tasks = {"tissue": {"kind": "annotation"}}
    study = parse_study({"pretrain": {"arms": arms}, "evaluate": {"baseline": "base", "tasks": tasks}})
    found = {entry["name"]: entry["text"] for entry in entries(study, {})}
    said = "InfoNCE, corrected augmentation (colour 0.3, geometry 1)"
    assert found["base"] == "two views of the slide, InfoNCE"
    assert found["weak"] == f"two views of the slide, {said}"
    assert found["stained"].endswith("corrected augmentation (colour 0, geometry 1, stain 0.3)")
    assert found["labels"] == "trained with all labels of “tissue”, released augmentation"


def test_the_few_are_named():
    made = {"method": "pix2pix", "target": "IHC", "pairing": "paired", "pairs": 4}
    few = {"objective": "trident", "loss": "vicreg", "only_with": "IHC", "pairs": 1, "length": "epochs"}
    arms = {"synthetic": {**few, "privileged": "made"}, "real": {**few, "privileged": "real/IHC", "pairs": 4}}
    study = parse_study({"translate": {"made": made}, "pretrain": {"arms": arms}})
    assert {entry["name"]: entry["text"] for entry in entries(study, {})} == {
        "synthetic": "TriDeNT, IHC by pix2pix from 4 patients, VICReg, only tiles with real IHC, of 1 patient, "
        "for as many epochs, not steps",
        "real": "TriDeNT, real IHC, VICReg, only tiles with real IHC, of 4 patients, for as many epochs, not steps",
    }
