import pytest

from pipeline.core.errors import StudyError
from pipeline.study.pretrain import jobs
from pipeline.study.study import check_cohort, parse_study

from .test_need import PARAMS, SLIDES

MADE = {"method": "pix2pix", "target": "IHC", "pairing": "paired"}
PLAIN = {"objective": "unprivileged", "loss": "vicreg"}
TRIDENT = {"objective": "trident", "loss": "vicreg"}
SYNTHETIC, REAL = {**TRIDENT, "privileged": "made"}, {**TRIDENT, "privileged": "real/IHC"}


def study(made=MADE, seeds=(7, 3, 5), **arms):
    content = {**PARAMS, "translate": {"made": made}, "pretrain": {"arms": {"plain": PLAIN, **arms}, "seeds": [*seeds]}}
    return parse_study(content)


def trainings(*arguments, **more):
    return {job.key: job for job in jobs(study(*arguments, **more), SLIDES) if job.rule == "pretrain"}


def gates(planned, arm):
    return {key[1]: job.inputs["gate"].as_posix() for key, job in planned.items() if key[0] == arm}


def test_the_seed_at_a_position_learns_from_the_repeat_of_that_position():
    planned = trainings({**MADE, "repeats": 2}, synthetic=SYNTHETIC, again=SYNTHETIC)
    folder = "data/privileged/made"
    expected = {"7": f"{folder}/0/index.json", "3": f"{folder}/1/index.json", "5": f"{folder}/0/index.json"}
    assert gates(planned, "synthetic") == gates(planned, "again") == expected
    assert "gate" not in planned["plain", "3"].inputs


def test_arms_of_a_seed_share_the_drawing_of_their_translators():
    few = {"real": {**REAL, "pairs": 1}, "synthetic": {**SYNTHETIC, "only_with": "IHC", "pairs": 1}}
    planned = trainings({**MADE, "repeats": 2, "pairs": 1}, **few)
    for arm in few:
        assert [planned[arm, seed].spec["drawing"] for seed in "735"] == [0, 1, 0]
    assert planned["plain", "3"].spec["drawing"] is None
    assert [trainings(**few)["real", seed].spec["drawing"] for seed in "735"] == [0, 1, 2]


UNTRAINED = {"objective": "untrained"}


@pytest.mark.parametrize(
    ("arm", "where", "message", "fix"),
    [
        ({**UNTRAINED, "pairs": 1}, "pairs", "'pairs' has no effect on 'untrained'", "siamese, trident"),
        ({**UNTRAINED, "length": "epochs"}, "length", "'length' has no effect on 'untrained'", "remove it"),
        ({**PLAIN, "pairs": 1}, "pairs", "no key says of which stain", "only_with: <stain>"),
        ({**SYNTHETIC, "pairs": 1}, "pairs", "no key says of which stain", "only_with: <stain>"),
        ({**REAL, "only_with": "CK", "pairs": 1}, "only_with", "not of 'IHC' and 'CK'", "remove it"),
        ({**PLAIN, "only_with": "IHC", "pairs": 0}, "pairs", "greater than or equal to 1", "correct it"),
        ({**PLAIN, "length": "tiles"}, "length", "'steps' or 'epochs'", "'steps', 'epochs'"),
    ],
)
def test_pairs_that_say_nothing_are_told(arm, where, message, fix):
    with pytest.raises(StudyError) as error:
        study(odd=arm)
    assert error.value.where == f"params.yaml: pretrain.arms.odd.{where}"
    assert message in error.value.message
    assert fix in error.value.fix


@pytest.mark.parametrize("arm", [REAL, {**SYNTHETIC, "only_with": "IHC"}, {**PLAIN, "only_with": "IHC"}])
def test_more_pairs_than_patients_are_told_before_any_job(arm):
    check_cohort(study(few={**arm, "pairs": 1}), SLIDES)
    with pytest.raises(StudyError, match="2 training patients with a registered slide of 'IHC' are asked for") as error:
        check_cohort(study(few={**arm, "pairs": 2}), SLIDES)
    assert error.value.where == "params.yaml: pretrain.arms.few.pairs"
    assert error.value.fix.startswith("1 at most")
