from collections import Counter
from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.study.folds import check_folds, fold_names, in_fold, in_words, placed, pooled, splits
from pipeline.study.study import parse_study
from tests.study.test_need import slide


def cohort(patients):
    return {f"{p}-{stain}": slide(f"{p}-{stain}", p, stain, "train") for p in patients for stain in ("HE", "IHC")}


def test_every_patient_is_tested_once_in_folds_of_equal_size():
    slides = cohort([f"p{i}" for i in range(11)])
    found = splits(slides, 3, 0)
    assert list(found) == fold_names(3) == ["fold-0", "fold-1", "fold-2"]
    tested = [{s.patient_id for s in own.values() if s.split == "test"} for own in found.values()]
    assert sorted(map(len, tested)) == [3, 4, 4]
    assert set(Counter(patient for fold in tested for patient in fold).values()) == {1}
    for own in found.values():
        by_patient = {(s.patient_id, s.split) for s in own.values()}
        assert len(by_patient) == 11


def test_patients_without_a_slide_to_test_are_dealt_out_last():
    slides = {name: own for name, own in cohort("abcdefghijkl").items() if name[0] < "e" or own.stain == "IHC"}
    slides["a-IHC"] = slides["a-IHC"].changed(paired_with="a-HE")
    for seed in range(20):
        found = splits(slides, 3, seed).values()
        tested = [{s.patient_id for s in own.values() if s.split == "test" and s.stain == "HE"} for own in found]
        assert sorted(map(len, tested)) == [1, 1, 2]
    (mistake,) = check_folds(5, slides)
    assert "5 folds of 4 patients with a slide to test" in str(mistake)


def test_tiles_are_those_of_the_sheet_whatever_the_folds():
    slides = cohort("abcdef")
    plain, folded = (parse_study({"folds": folds}) for folds in (None, 3))
    cut = [[j.to_json() for j in study.jobs(slides) if j.phase == "tile"] for study in (plain, folded)]
    assert cut[0] == cut[1]


def test_a_mistake_of_a_fold_names_it_and_what_helps():
    everywhere, here = StudyError("no stain", fix="look"), StudyError("no slide", fix="fill the split column")
    told = [str(mistake) for mistake in in_words({"fold-0": [everywhere], "fold-1": [here, everywhere]})]
    assert told[0] == str(everywhere)
    assert told[1].startswith("fold-1: no slide")
    assert "fewer folds or another seed" in told[1]
    assert in_words({"": [here]}) == [here]


def test_no_slide_is_the_reference_of_every_fold():
    with pytest.raises(StudyError, match="cannot be the reference of every fold"):
        parse_study({"folds": 2, "normalize": {"reference": "a-HE"}})


def test_folds_depend_on_the_seed_and_on_nothing_else():
    slides = cohort("abcdef")
    assert splits(slides, 3, 0) == splits(dict(reversed(slides.items())), 3, 0)
    assert splits(slides, 3, 0) != splits(slides, 3, 1)


def test_without_folds_the_split_of_the_sheet_stands():
    slides = cohort("ab")
    assert splits(slides, None, 0) == {"": slides}
    assert fold_names(None) == [""]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("models/encoders/a/0.json", "models/encoders/fold-1/a/0.json"),
        ("data/normalized/index.json", "data/normalized/fold-1/index.json"),
        ("results/scores/encoders/a.npz", "results/scores/fold-1/encoders/a.npz"),
        ("results/scores/index.json", "results/scores/index.json"),
        ("results/figures.csv", "results/figures.csv"),
        ("data/tiles/a.json", "data/tiles/a.json"),
    ],
)
def test_what_a_fold_makes_lies_in_a_folder_of_its_own(path, where):
    assert placed(Path(path), "fold-1") == Path(where)
    assert placed(Path(path), "") == Path(path)


def job(phase="pretrain", rule="pretrain"):
    inputs = {"cohort": Path("data/normalized/index.json"), "tile": Path("data/tiles/a.json")}
    outputs = {"manifest": Path("models/encoders/a/0.json")}
    return Job(phase, rule, ("a", "0"), {}, inputs, outputs, {}, {"members": {"x": Path("data/normalized/x.json")}})


def test_a_job_of_a_fold_reads_and_writes_what_is_the_folds():
    found = in_fold(job(), "fold-2", ["fold-1", "fold-2"])
    assert found.identity == ("pretrain", "fold-2", "a", "0")
    assert found.manifest == Path("models/encoders/fold-2/a/0.json")
    assert found.inputs == {"cohort": Path("data/normalized/fold-2/index.json"), "tile": Path("data/tiles/a.json")}
    assert found.groups == {"members": {"x": Path("data/normalized/fold-2/x.json")}}
    assert Job.from_json(found.to_json()) == found


def test_the_index_of_the_first_fold_knows_them_all():
    folds = ["fold-0", "fold-1"]
    assert in_fold(job(rule="pretrain_index"), "fold-0", folds).spec == {"folds": folds}
    assert in_fold(job(rule="pretrain_index"), "fold-1", folds).spec == {}
    assert in_fold(job(rule="pretrain_index"), "", [""]).spec == {}


def test_the_page_belongs_to_no_fold_and_reads_the_first():
    found = in_fold(job("report", "report"), "fold-0", ["fold-0"])
    assert found.identity == ("report", "a", "0")
    assert found.inputs["cohort"] == Path("data/normalized/fold-0/index.json")


def test_what_pools_reads_every_fold():
    found = pooled([(fold, job("evaluate", "evaluate")) for fold in ("fold-0", "fold-1")])
    assert found.fold == ""
    assert found.groups == {
        "members": {
            "fold-0/x": Path("data/normalized/fold-0/x.json"),
            "fold-1/x": Path("data/normalized/fold-1/x.json"),
        }
    }
    assert pooled([("", job())]) == job()


def test_more_folds_than_patients_is_a_mistake():
    assert not list(check_folds(2, cohort("ab")))
    (found,) = check_folds(3, cohort("ab"))
    assert isinstance(found, StudyError)
    assert "3 folds of 2 patients" in str(found)
