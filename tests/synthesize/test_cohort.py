from pathlib import Path

import pytest

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.errors import GateError, ProductError
from pipeline.core.manifests.cohorts import CohortManifest
from pipeline.engine.run import run
from pipeline.synthesize.cohort import make_cohort

from .painted import OUT, cohort_job, part_job, plan_job, write_cohort, write_generator


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch):
    """The painter saw patient a; b trains, too, and z tests."""
    monkeypatch.chdir(tmp_path)
    write_cohort(a="train", b="train", z="test")
    for name in ("painter", "maker"):
        write_generator(name)
    run(plan_job())


def painted(**changes) -> None:
    """Two parts of a cohort."""
    run(part_job("part-000", first=0, tiles=20, **changes))
    run(part_job("part-001", first=20, tiles=10, **changes))


def gated(**limits) -> CohortManifest:
    job = cohort_job("part-000", "part-001", **limits)
    run(job)
    return CohortManifest.read(job.manifest)


def test_a_sound_cohort_is_read_as_slides_of_a_study():
    painted()
    made = gated()
    cohort = Cohort.read(OUT / "index.json")
    assert [*cohort.members] == [f"more-part-00{n}-{stain}" for n in (0, 1) for stain in ("HE", "nuclei")]
    pairs = cohort.paired(source="HE", target="nuclei", split="train")
    assert [(one.tiles, other.tiles) for one, other in pairs] == [(20, 20), (10, 10)]
    assert cohort.primary == "HE"
    assert (made.tiles, made.exact, made.patients) == (30, 30, ("a",))
    assert made.counts["round"].model_dump() == {"asked": 20, "got": 20, "met": 20, "nuclei": 40}
    assert made.provenance.painter == "painter"


def test_its_figures_are_told():
    painted()
    gates = gated().gates
    assert gates["shown"].value == 1
    assert gates["copied"].value < 0.1  # of tiles that are none, some are taken for copies
    assert gates["consistency"].value > 0.9
    assert 0.5 < gates["distance"].value < 2
    assert all(gate.passed for gate in gates.values())
    assert {name: gate.patients for name, gate in gates.items()} == {
        "shown": 0, "consistency": 0, "copied": 1, "distance": 1,
    }  # fmt: skip


def test_how_many_tiles_are_held_at_a_time_makes_no_difference(monkeypatch):
    painted()
    whole = {name: gate.value for name, gate in gated().gates.items()}
    monkeypatch.setattr("pipeline.synthesize.painted.BLOCK", 7)
    assert {name: gate.value for name, gate in gated().gates.items()} == pytest.approx(whole)


@pytest.mark.parametrize(
    ("generator", "told"),
    [
        ({"painter": "Blind"}, "consistency 0.*its tissue does not show the nuclei of its masks"),
        ({"painter": "Noise"}, "distance .* is above max_distance 3: it looks like no real tissue"),
        ({"painter": "Copy"}, "copied .* is above max_copied 0.2: it gives back tiles that the painter was trained on"),
        ({"maker": "Empty"}, "shown 0.000 is below min_shown 0.3: its masks do not show"),
        ({"maker": "Contrary"}, "shown 0.000 is below min_shown 0.3: its masks do not show"),
    ],
)
def test_a_cohort_that_is_no_use_stops_the_run(generator, told):
    painted(**generator)
    with pytest.raises(GateError, match=told) as error:
        gated()
    assert "synthetic cohort 'more' failed its gates" in error.value.message
    assert "synthesize.gates" in error.value.fix
    assert not (OUT / "index.json").exists()


def test_a_moved_limit_lets_it_pass():
    painted(painter="Noise")
    assert gated(max_distance=1e6, min_consistency=0.0, max_copied=1.0).tiles == 30


def test_where_the_painter_saw_all_nobody_knows_what_a_copy_is():
    write_generator("painter", patients=("a", "b"))
    painted()
    gates = gated().gates
    assert (gates["copied"].value, gates["copied"].passed) == (None, None)
    assert gates["distance"].value < 2  # compared with training tiles among one another


def test_a_generator_that_saw_a_patient_who_is_tested_now_is_refused():
    painted()
    write_cohort(a="test", b="train")
    with pytest.raises(ProductError, match="trained on test patients: a"):
        make_cohort(cohort_job("part-000", "part-001"))


def test_what_no_part_owns_is_pruned():
    painted()
    (OUT / "part-002").mkdir()
    (OUT / "part-002.json").write_text("{}")
    gated()
    left = {path.name for path in OUT.iterdir() if not path.name.endswith(".recipe.json")}
    assert left == {"index.json", "plan.json", "plan.npz", "part-000", "part-000.json", "part-001", "part-001.json"}


def test_slides_of_a_cohort_are_not_those_of_another(tmp_path):
    painted()
    gated()
    one = Cohort.read(OUT / "index.json")
    assert len(Cohort.read(Path("data/normalized/index.json")).joined_with(one).members) == 10
    with pytest.raises(ProductError, match="two cohorts have a slide 'more-part-000-HE'"):
        one.joined_with(one)
