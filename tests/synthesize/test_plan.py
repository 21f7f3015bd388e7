from collections import Counter

import numpy as np
import pytest

from pipeline.core.errors import ProductError
from pipeline.core.manifests.cohorts import PlanManifest
from pipeline.synthesize.plan import make_plan, read_rows, shares

from .painted import TILES, plan_job, write_cohort, write_generator


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch):
    """Patients a and b train, z tests."""
    monkeypatch.chdir(tmp_path)
    write_cohort(a="train", b="train", z="test")
    for name in ("painter", "maker"):
        write_generator(name)


def made(**asked) -> tuple[PlanManifest, dict[str, np.ndarray]]:
    job = plan_job(**asked)
    plan = make_plan(job)
    return plan, read_rows(plan, 0, job.spec["tiles"])


def times(present: np.ndarray) -> Counter:
    return Counter(map(tuple, present.tolist()))


def test_every_set_of_classes_comes_as_often_as_training_tiles_have_it():
    plan, rows = made(tiles=30)
    assert times(rows["present"]) == {(False, False): 10, (True, False): 10, (True, True): 10}
    assert [(own.types, own.tiles, own.training) for own in plan.sets] == [
        ((), 10, 16),
        (("round",), 10, 16),
        (("round", "wide"), 10, 16),
    ]


def test_types_that_are_asked_for_are_given():
    types = [{"types": ["wide"], "tiles": 4}, {"types": ["round", "wide"], "tiles": 2}]
    plan, rows = made(tiles=6, types=types)
    assert times(rows["present"]) == {(False, True): 4, (True, True): 2}
    assert [own.training for own in plan.sets] == [0, 16]  # nobody has seen the first: its maker is asked all the same


def test_parts_are_mixed_and_the_same_in_every_run():
    _, rows = made(tiles=30)
    assert len(times(rows["present"][:10])) == 3
    assert (made(tiles=30)[1]["present"] == rows["present"]).all()


def test_a_real_mask_has_the_classes_and_comes_again_only_after_all_others():
    plan, rows = made(tiles=60, real=True)
    assert plan.slides == ("a-nuclei", "b-nuclei")  # no test patient
    drawn = Counter(zip(rows["slide"].tolist(), rows["row"].tolist(), strict=True))
    assert set(drawn.values()) == {1, 2}
    assert len(drawn) == 2 * TILES
    assert (rows["present"] == np.array([[row % 3 > 0, row % 3 > 1] for row in rows["row"]])).all()


def test_a_real_mask_that_nobody_has_is_told():
    types = [{"types": ["wide"], "tiles": 3}]
    with pytest.raises(ProductError, match="no training tile shows wide and nothing else"):
        made(tiles=3, types=types, real=True)


def test_whom_generators_saw_is_no_test_patient():
    assert made()[0].patients == ("a",)
    write_generator("maker", patients=("a", "z"))
    with pytest.raises(ProductError, match="trained on test patients: z"):
        made()


def test_whose_masks_are_taken_was_learned_from():
    """The painter saw patient a alone; masks of b are in the cohort all the same."""
    assert made(real=True)[0].patients == ("a", "b")


def test_an_id_without_a_name_is_told_with_its_slide():
    job = plan_job()
    job.spec["classes"] = ["round"]
    with pytest.raises(ProductError, match="class id 2 in a mask, expected 0 to 1") as error:
        make_plan(job)
    assert error.value.where == "a-nuclei"


def test_shares_are_whole_and_complete():
    assert shares(np.array([1, 1, 1]), 10).tolist() == [4, 3, 3]
    assert shares(np.array([3, 1]), 4).tolist() == [3, 1]
    assert shares(np.array([1000, 1]), 10).tolist() == [10, 0]
