import pytest

from pipeline.study.arms import baseline_of, entries, role
from pipeline.study.pretrain import Arm
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


def test_the_floor_may_be_the_baseline():
    assert role("random", ARMS, "random") == "baseline"
    assert baseline_of("labels", ARMS, "random") == "random"
    assert baseline_of("base", ARMS, "random") == "again"  # of two alike, the first by name


def test_the_few_are_named():
    made = {"method": "pix2pix", "target": "IHC", "pairing": "paired", "pairs": 4}
    few = {"objective": "trident", "loss": "vicreg", "only_with": "IHC", "pairs": 1, "length": "epochs"}
    arms = {"synthetic": {**few, "privileged": "made"}, "real": {**few, "privileged": "real/IHC", "pairs": 4}}
    study = parse_study({"translate": {"made": made}, "pretrain": {"arms": arms}})
    assert {entry["name"]: entry["text"] for entry in entries(study)} == {
        "synthetic": "TriDeNT, IHC by pix2pix from 4 patients, VICReg, only tiles with real IHC, of 1 patient, "
        "for as many epochs, not steps",
        "real": "TriDeNT, real IHC, VICReg, only tiles with real IHC, of 4 patients, for as many epochs, not steps",
    }
