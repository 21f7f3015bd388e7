import pytest

from pipeline.study.entries import entries
from pipeline.study.study import parse_study
from tests.study.test_need import slide

SLIDES = {
    own.slide_id: own
    for number, patient in enumerate("abcd")
    for own in (
        slide(patient, patient, "HE", "test" if number == 3 else "train"),
        slide(f"{patient}-IHC", patient, "IHC", "test" if number == 3 else "train", paired_with=patient),
    )
}
PIX = {"method": "pix2pix", "target": "IHC", "pairing": "paired"}
TRIDENT = {"objective": "trident", "loss": "vicreg"}
ARMS = {
    "base": {"objective": "unprivileged", "loss": "vicreg"},
    "own": {**TRIDENT, "privileged": "self"},
    "real": {**TRIDENT, "privileged": "real/IHC"},
    "real_2": {**TRIDENT, "privileged": "real/IHC", "pairs": 2},
    "made": {**TRIDENT, "privileged": "all"},
    "made_2": {**TRIDENT, "privileged": "two"},
    "few_2": {**TRIDENT, "privileged": "two", "only_with": "IHC", "pairs": 2},
    "unpaired": {**TRIDENT, "privileged": "cycle", "augment": {"colour": 0.3}},
}
STUDY = {
    "translate": {
        "all": PIX,
        "two": {**PIX, "pairs": 2},
        "cycle": {"method": "cyclegan", "target": "IHC", "pairing": "unpaired"},
    },
    "pretrain": {"arms": ARMS},
    "evaluate": {"baseline": "base"},
}


@pytest.mark.parametrize(
    ("name", "patients", "restricted", "colour"),
    [
        ("base", None, False, 1.0),
        ("own", None, False, 1.0),
        ("real", 3, False, 1.0),
        ("real_2", 2, True, 1.0),
        ("made", 3, False, 1.0),
        ("made_2", 2, False, 1.0),
        ("few_2", 2, True, 1.0),
        ("unpaired", None, False, 0.3),
    ],
)
def test_how_many_patients_taught_a_view(name, patients, restricted, colour):
    found = {entry["name"]: entry for entry in entries(parse_study(STUDY), SLIDES)}[name]
    assert (found["patients"], found["restricted"], found["colour"]) == (patients, restricted, colour)


def test_an_objective_with_a_loss_of_its_own_is_listed_by_its_name():
    arms = {**ARMS, "byol": {"objective": "byol"}, "floor": {"objective": "untrained"}}
    found = {e["name"]: e["loss"] for e in entries(parse_study({**STUDY, "pretrain": {"arms": arms}}), SLIDES)}
    assert (found["byol"], found["base"], found["floor"]) == ("BYOL", "VICReg", "")
