"""The parts of the page, one by one."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.files import write_text
from pipeline.core.job import Job
from pipeline.core.manifests.index import read_members
from pipeline.core.manifests.scores import SummaryManifest
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.manifests.translators import GateManifest, TranslatorManifest
from pipeline.report.curves import arm_curves, read_history
from pipeline.report.figures import Figures
from pipeline.report.maps import maps, plane, read_points
from pipeline.report.pictures import evenly, strip
from pipeline.report.slides import THUMBNAILS, SlideList
from pipeline.report.timing import clock, costs
from pipeline.report.translation import Translation, translations
from tests.report.conftest import INPUTS, SLIDES, SPEC

NAMES = {*(slide[0] for slide in SLIDES), "he2ihc", "real", "0", "1"}


def members(name, kind):
    return read_members(Path(INPUTS[name]), kind)


def figures() -> Figures:
    return Figures.read(Path(INPUTS["figures"]), SummaryManifest.read(Path(INPUTS["scores"])))


def slides() -> Cohort:
    return Cohort.read(Path(INPUTS["normalized"]))


def translated(tiles: int = 6) -> Translation:
    trained, gates = members("translators", TranslatorManifest), members("privileged", GateManifest)
    first = {"he2ihc": trained["he2ihc/0"]}, {"he2ihc": gates["he2ihc/0"]}
    (found,) = translations(*first, slides(), figures(), tiles)
    return found


def test_panels_show_test_patients_with_a_registered_partner(study: Job) -> None:
    found = translated()
    assert [name for name, _ in found.strips] == ["HE (source)", "IHC (synthetic)", "IHC (real)"]
    assert found.caption == "Tiles of test patients: A2-HE."
    assert found.gates == [("agreement", "0.412", "0.1", "passed", "1"), ("nuclei", "–", "0.1", "skipped", "0")]
    assert found.quality == [("agreement", "0.412"), ("cycle", "0.052"), ("cycle uint8", "0.055"), ("slides", "2")]
    assert found.scores.heads == ["known sites"]
    assert [(name, cell.value, cell.below) for name, (cell,) in found.scores.rows] == [
        ("ssim", "0.57", ("[0.5, 0.64]",)),
        ("tiles", "24", ()),
    ]
    assert [step for step, _ in found.samples] == ["step 100", "step 200", "step 300"]


def test_without_partners_the_real_row_is_left_out(study: Job) -> None:
    index = Path(INPUTS["normalized"])
    write_text(index, index.read_text().replace('"paired_with": "A', '"paired_with": "Z'))
    found = translated()
    assert [name for name, _ in found.strips] == ["HE (source)", "IHC (synthetic)"]
    assert found.caption == "Tiles of test patients: A2-HE, A3-HE, C1-HE, C2-HE."


@pytest.mark.parametrize("wanted", [1, 2, 5, 6])
def test_a_panel_has_the_columns_asked_for(study: Job, wanted: int) -> None:
    assert {picture.width for _, picture in translated(wanted).strips} == {wanted * 164 - 4}


def test_the_cohort_counts_patients_not_slides(study: Job) -> None:
    listed = SlideList.of(members("normalized", NormalizedManifest).values())
    assert (listed.count("patient"), listed.tiles) == (6, 192)


def test_thumbnails_start_with_the_translated_stain_and_are_capped(study: Job) -> None:
    listed = members("normalized", NormalizedManifest)
    shown = [t.slide for t in SlideList.of(listed.values()).thumbnails(["HE"])]
    assert shown == ["A1-HE", "A2-HE", "A3-HE", "B1-HE", "C1-HE", "C2-HE", "A1-IHC", "A2-IHC"]
    many = [listed["A1-HE"].model_copy(update={"patient": str(i)}) for i in range(1000)]
    assert len(SlideList.of(many).thumbnails(["HE"])) == THUMBNAILS


def test_costs_are_summed_by_rule_in_the_order_of_the_phases(study: Job) -> None:
    found = {cost.rule: cost for cost in costs(SPEC["rules"], NAMES)}
    assert list(found) == ["tile", "normalize_reference", "translate"]
    assert (found["tile"].jobs, found["tile"].total, found["tile"].longest) == (8, 56.0, 10.5)
    assert found["tile"].memory == pytest.approx(417.2)
    assert found["normalize_reference"].memory == 0


def test_a_job_that_the_study_no_longer_has_costs_nothing(study: Job) -> None:
    for name, seed in (("gone", 0), ("real", 0), ("real", 9)):
        write_text(Path(f"benchmarks/pretrain/{name}/{seed}.tsv"), "s\tmax_rss\n1000\t1\n")
    assert {cost.rule: cost.jobs for cost in costs(SPEC["rules"], NAMES)}["pretrain"] == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.42, "0.4 s"), (12.4, "12 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")]
)
def test_times_are_told_in_the_unit_that_suits(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_points_are_tiles_with_their_class_and_site(study: Job) -> None:
    found = read_points(Path("results/scores/encoders/real.npz"), "tissue")
    assert found is not None
    assert found.embeddings.shape == (96, 8)
    assert found.targets[:6].tolist() == ["stroma", "tumour", "lymphoid", "stroma", "tumour", "no label"]
    assert found.sites.tolist() == ["siteA"] * 48 + ["siteC"] * 48


def test_values_are_drawn_as_shades(study: Job) -> None:
    found = read_points(Path("results/scores/encoders/real.npz"), "share")
    assert found is not None
    found.targets[0] = np.nan
    drawn = maps({"real": found}, 0)
    assert drawn is not None
    assert drawn.alt == "Two-dimensional maps of test tiles, by value and by site: real"


def test_the_map_is_the_same_twice_and_keeps_groups_apart() -> None:
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(3), 30)
    cloud = np.eye(16)[groups] * 12 + generator.standard_normal((90, 16))
    places = plane(cloud, seed=3)
    assert np.array_equal(places, plane(cloud, seed=3))
    centres = np.stack([places[groups == k].mean(0) for k in range(3)])
    nearest = np.argmin(((places[:, None] - centres) ** 2).sum(-1), axis=1)
    assert (nearest == groups).mean() == 1.0


def test_history_of_an_untrained_encoder_is_empty_and_not_drawn(study: Job) -> None:
    path = Path("models/encoders/untrained/0/history.csv")
    assert read_history(path) == {}
    assert arm_curves({"untrained": {"0": path}}) is None


def test_evenly_spaced_positions_hold_both_ends() -> None:
    assert evenly(10, 4) == [0, 3, 6, 9]
    assert evenly(3, 4) == [0, 1, 2]


def test_a_strip_keeps_tiles_in_order() -> None:
    tiles = [np.full((8, 8, 3), value, np.uint8) for value in (0, 255)]
    made = strip(tiles, "two tiles", side=16)
    assert (made.width, made.height) == (36, 16)
    assert made.src.startswith("data:image/jpeg;base64,")
