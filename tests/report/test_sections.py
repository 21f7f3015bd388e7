"""The parts of the page, one by one."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort as Slides
from pipeline.core.files import read_json, write_text
from pipeline.core.job import Job
from pipeline.engine.plan import Plan
from pipeline.report.arms import entries
from pipeline.report.cohort import THUMBNAILS, Cohort
from pipeline.report.curves import encoder_curves, read_history
from pipeline.report.maps import plane, read_points
from pipeline.report.pictures import spread, strip
from pipeline.report.stains import stains
from pipeline.report.timing import clock, costs
from pipeline.report.translation import flat, translations
from pipeline.study.study import parse_study


def test_arms_are_told_by_role_and_in_words(study: Job) -> None:
    found = {entry.name: entry for entry in entries(parse_study(study.spec["study"]))}
    assert {name: entry.role for name, entry in found.items()} == {
        "untrained": "floor", "unprivileged": "baseline", "real": "real", "synthetic": "synthetic",
        "siamese": "synthetic", "shuffled": "control", "supervised": "ceiling",
    }  # fmt: skip
    assert found["shuffled"].text == "TriDeNT, IHC by CycleGAN, shuffled (control), VICReg"


def test_arms_stand_loss_by_loss_and_say_what_they_are_compared_with(study: Job) -> None:
    content = study.spec["study"]
    made, base = (content["pretrain"]["arms"][name] for name in ("synthetic", "unprivileged"))
    contrast = {"loss": "infonce", "loss_options": {"temperature": 0.1}}
    more = {
        "contrast_made": {**made, **contrast},
        "contrast": {**base, **contrast},
        "other": {**made, "loss_options": {"mode": "pairwise"}},
    }
    arms = {**content["pretrain"]["arms"], **more}
    found = entries(parse_study({**content, "pretrain": {**content["pretrain"], "arms": arms}}))
    assert [entry.name for entry in found][-4:] == ["contrast", "contrast_made", "other", "supervised"]
    assert {entry.name: entry.against for entry in found if entry.name in ("real", *more)} == {
        "real": "VICReg, over “unprivileged”",
        "contrast": "InfoNCE (temperature 0.1), over “unprivileged” with VICReg",
        "contrast_made": "InfoNCE (temperature 0.1), over “contrast”",
        "other": "VICReg (mode pairwise), over “unprivileged” with VICReg",
    }


def test_panels_show_test_patients_with_a_registered_partner(study: Job) -> None:
    trained = read_json(Path("models/translators/index.json"))
    (found,) = translations(trained, Slides.read(), 6)
    assert [name for name, _ in found.strips] == ["HE (source)", "IHC (synthetic)", "IHC (real)"]
    assert found.caption == "Tiles of test patients: A2-HE."
    assert found.gates == [("agreement", "0.412", "0.1", "passed"), ("nuclei", "–", "0.1", "not judged")]
    assert found.scores == (["known sites"], [("slides", ["1"]), ("ssim", ["0.57"]), ("tiles", ["24"])])
    assert [step for step, _ in found.samples] == ["step 100", "step 200", "step 300"]


def test_without_partners_the_real_row_is_left_out(study: Job) -> None:
    index = Path("data/normalized/index.json")
    write_text(index, index.read_text().replace('"paired_with": "A', '"paired_with": "Z'))
    (found,) = translations(read_json(Path("models/translators/index.json")), Slides.read(), 6)
    assert [name for name, _ in found.strips] == ["HE (source)", "IHC (synthetic)"]
    assert found.caption == "Tiles of test patients: A2-HE, A3-HE, C1-HE, C2-HE."


@pytest.mark.parametrize("wanted", [1, 2, 5, 6])
def test_a_panel_has_the_columns_asked_for(study: Job, wanted: int) -> None:
    (found,) = translations(read_json(Path("models/translators/index.json")), Slides.read(), wanted)
    assert {picture.width for _, picture in found.strips} == {wanted * 164 - 4}


def test_stains_are_shown_for_every_site_before_any_site_twice(study: Job) -> None:
    tiled, normalized = (read_json(Path(f"data/{name}/index.json")) for name in ("tiles", "normalized"))
    found = stains(tiled, normalized, Slides.read(), 6)
    assert found.slides == ["A1-HE (siteA)", "B1-HE (siteB)", "C1-HE (siteC)", "A2-HE (siteA)"]
    assert (found.reference, found.fallbacks) == ("A1-HE", ["C2-HE"])
    assert dict(found.figures)["stain error degrees, haematoxylin"] == "0.84"
    assert dict(found.figures)["colour spread, after"] == "2.07"


def test_the_cohort_counts_patients_not_slides(study: Job) -> None:
    cohort = Cohort.of(read_json(Path("data/normalized/index.json")))
    assert (cohort.count("patient"), cohort.tiles) == (6, 192)


def test_thumbnails_start_with_the_translated_stain_and_are_capped(study: Job) -> None:
    index = read_json(Path("data/normalized/index.json"))
    shown = [t.slide for t in Cohort.of(index).thumbnails(["HE"])]
    assert shown == ["A1-HE", "A2-HE", "A3-HE", "B1-HE", "C1-HE", "C2-HE", "A1-IHC", "A2-IHC"]
    first = index["members"]["A1-HE"]
    many = {f"S{i:04}": {**first, "slide": "A1-HE", "patient": str(i)} for i in range(1000)}
    assert len(Cohort.of({"members": many}).thumbnails(["HE"])) == THUMBNAILS


def test_costs_are_summed_by_rule_in_the_order_of_the_phases(study: Job) -> None:
    found = {cost.rule: cost for cost in costs(Plan.here().jobs)}
    assert list(found) == ["tile", "normalize_reference", "translate"]
    assert (found["tile"].jobs, found["tile"].total, found["tile"].longest) == (8, 56.0, 10.5)
    assert found["tile"].memory == pytest.approx(417.2)
    assert found["normalize_reference"].memory == 0


def test_a_job_that_the_study_no_longer_has_costs_nothing(study: Job) -> None:
    write_text(Path("benchmarks/pretrain/gone/0.tsv"), "s\tmax_rss\n1000\t1\n")
    assert "pretrain" not in {cost.rule for cost in costs(Plan.here().jobs)}


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.42, "0.4 s"), (12.4, "12 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")]
)
def test_times_are_told_in_the_unit_that_suits(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_points_are_test_tiles_with_their_class_and_site(study: Job) -> None:
    found = read_points(Path("results/scores/encoders/real/0.npz"), Slides.read(), {"kind": "annotation"})
    assert found is not None
    assert found.embeddings.shape == (96, 8)
    assert found.classes[:6].tolist() == ["stroma", "tumour", "lymphoid", "stroma", "tumour", "no label"]
    assert found.sites.tolist() == ["siteA"] * 48 + ["siteC"] * 48


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
    assert encoder_curves({"untrained": {"0": path}}) is None


def test_a_nested_object_is_flattened_to_its_numbers() -> None:
    tree = {"b": {"y_z": 0.12345, "x": 3}, "a": "text", "c": True}
    assert list(flat(tree)) == [("b, x", "3"), ("b, y z", "0.123")]


def test_spread_holds_both_ends() -> None:
    assert spread(10, 4) == [0, 3, 6, 9]
    assert spread(3, 4) == [0, 1, 2]


def test_a_strip_keeps_tiles_in_order() -> None:
    tiles = [np.full((8, 8, 3), value, np.uint8) for value in (0, 255)]
    made = strip(tiles, "two tiles", side=16)
    assert (made.width, made.height) == (36, 16)
    assert made.src.startswith("data:image/jpeg;base64,")
