"""Normalisers side by side."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.files import Json, read_json, write_json
from pipeline.core.job import Job
from pipeline.core.manifests.index import IndexManifest, read_members
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.manifests.trial import TrialManifest, TrialSlide
from pipeline.core.measures.figures import Figure, read_figures, write_figures
from pipeline.core.store.store import TileStore, write_store
from pipeline.engine.run import run
from pipeline.report.figures import Figures
from pipeline.report.normalizers import judgements, published
from pipeline.report.stains import Stains, stains
from tests.report.conftest import INPUTS, PAGE, PARAMS, SIZE, SLIDES, TILES

ROWS = [3, 9, 15]


def figure(arm: str, metric: str, value: float, task: str = "normalize", split: str = "all") -> Figure:
    return Figure(arm, "all", task, split, metric, "", value, value - 0.1, value + 0.1, 6)


MEASURED = [
    figure("macenko", "ssim", 0.95),
    figure("macenko", "colour_distance/before", 9.0),
    figure("macenko", "colour_distance/after", 2.0),
    figure("macenko", "frechet/net_untrained", 1.5),
    figure("macenko", "stain_drift_degrees/mean", 0.5),
    figure("macenko", "colour_before/dispersion", 6.0),
    figure("macenko", "colour_after/dispersion", 1.0),
    figure("tried", "ssim", 0.9),
    figure("tried", "few/balanced_accuracy", 0.7, "normalize/tissue", "in_domain"),
    figure("tried", "few/balanced_accuracy", 0.6, "normalize/tissue", "unseen_site"),
]


def write_trial(name: str, method: str, level: int) -> TrialManifest:
    """Tiles of one grey of every H&E slide."""
    own = [slide for slide in SLIDES if slide[3] == "HE"]
    images = np.full((len(own) * len(ROWS), SIZE, SIZE, 3), level, np.uint8)
    columns = {"xy": np.zeros((len(images), 2), np.int64), "row": np.tile(ROWS, len(own))}
    store = Path(f"data/normalized/trials/{name}/0.zarr")
    digests = write_store(store, [images], columns, {}, size=SIZE)
    facts = ("slide", "patient", "site", "stain", "split")
    slides = [
        TrialSlide(**dict(zip(facts, slide, strict=False)), first=place * len(ROWS), tiles=len(ROWS))
        for place, slide in enumerate(own)
    ]
    return TrialManifest(
        trial=name, seed=0, method=method, reference="siteA", slides=slides, store=store, digests=digests
    )


def shown(trials: dict[str, TrialManifest], *, changed: bool = True, left: str = "") -> Stains:
    """``left``: a site whose slides the study's normaliser leaves as they are."""
    tiled, normalized = (
        read_members(Path(INPUTS[name]), kind)
        for name, kind in (("tiled", TileManifest), ("normalized", NormalizedManifest))
    )
    if not changed:
        normalized = {name: own.model_copy(update={"normalized": False}) for name, own in normalized.items()}
    for name, own in normalized.items():
        if own.site == left:
            normalized[name] = own.model_copy(update={"normalized": False, "store": tiled[name].store})
    return stains(tiled, normalized, trials, Figures(), PARAMS["normalize"])


def test_every_site_has_a_row_and_every_normaliser_a_column(study: Job) -> None:
    trials = {f"{name}/0": write_trial(name, method, 90) for name, method in (("plain", "none"), ("tried", "toy"))}
    found = shown(trials)
    assert found.grid.heads == ["untouched", "macenko", "tried", "target: siteA"]
    assert [site for site, _ in found.grid.rows] == ["siteA", "siteB", "siteC"]
    assert {len(pictures) for _, pictures in found.grid.rows} == {4}
    assert [picture.alt for picture in found.grid.rows[1][1]][:3] == [
        "untouched, in the row of B1-HE",
        "macenko, in the row of B1-HE",
        "tried, in the row of B1-HE",
    ]
    assert (found.reference, found.fallbacks) == ("A1-HE", ["C2-HE"])


def test_without_trials_the_studys_own_normaliser_is_shown(study: Job) -> None:
    assert shown({}).grid.heads == ["untouched", "macenko", "target: siteA"]
    assert shown({}, changed=False).grid.rows == []


def test_a_slide_that_the_study_leaves_as_it_is_is_shown_so(study: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """A normaliser that learns brings all sites to one, whose slides pass through; a trial shows these, too."""
    seen = []
    monkeypatch.setattr("pipeline.report.stain_grid.strip", lambda tiles, alt, side: seen.append(tiles[0]))
    found = shown({"tried/0": write_trial("tried", "toy", 90)}, left="siteA")
    assert found.grid.heads[:3] == ["untouched", "macenko", "tried"]
    assert [site for site, _ in found.grid.rows] == ["siteA", "siteB", "siteC"]
    width = len(found.grid.heads)
    assert np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[width], seen[width + 1])


def test_a_slide_whose_result_is_lost_gives_way_to_another_of_its_site(study: Job) -> None:
    shutil.rmtree("data/normalized/A1-HE.zarr")
    found = shown({"tried/0": write_trial("tried", "toy", 90)})
    assert [picture.alt.rpartition(" ")[2] for _, (picture, *_) in found.grid.rows] == ["A2-HE", "B1-HE", "C1-HE"]


def test_a_trial_may_bear_the_name_of_a_column(study: Job) -> None:
    found = shown({"untouched/0": write_trial("untouched", "toy", 90)})
    assert found.grid.heads == ["untouched", "macenko", "untouched", "target: siteA"]
    assert {len(pictures) for _, pictures in found.grid.rows} == {4}


def test_trials_alone_are_shown(study: Job) -> None:
    assert shown({"tried/0": write_trial("tried", "toy", 90)}, changed=False).grid.heads == [
        "untouched", "tried", "target: siteA",
    ]  # fmt: skip


def test_a_row_shows_one_and_the_same_tile(study: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr("pipeline.report.stain_grid.strip", lambda tiles, alt, side: seen.append(tiles[0]))
    shown({"tried/0": write_trial("tried", "toy", 90)})
    untouched, own, tried, target = seen[:4]
    row = ROWS[1]
    assert np.array_equal(untouched, TileStore(Path("data/tiles/A1-HE.zarr")).tile(row))
    assert np.array_equal(own, TileStore(Path("data/normalized/A1-HE.zarr")).tile(row))
    assert (tried == 90).all()
    assert np.array_equal(target, TileStore(Path("data/tiles/A1-HE.zarr")).tile(TILES // 2))


def test_normalisers_are_compared_in_one_table() -> None:
    section = {"method": "macenko", "options": {}, "trials": {"tried": {"method": "saasn", "options": {}}}}
    found = judgements(Figures(MEASURED), section)
    assert found is not None
    assert found.extractor == "net_untrained"
    assert found.groups[-1] == ("tissue, few, balanced accuracy", 2)
    assert sum(span for _, span in found.groups) == len(found.heads) == 7
    own, tried = found.rows
    assert [cell.value for cell in own.cells] == ["0.950", "2.00", "1.50", "0.50", "1.00", "–", "–"]
    assert own.cells[1].below == ("[1.90, 2.10]", "was 9.00")
    assert [cell.value for cell in tried.cells] == ["0.900", "–", "–", "–", "–", "0.700", "0.600"]
    assert (own.method, own.published) == ("", ".942 / .934 / .941")
    assert (tried.method, tried.published) == ("saasn", ".977 / .989 / .981")


def test_without_figures_nothing_is_compared() -> None:
    assert judgements(Figures(), PARAMS["normalize"]) is None


@pytest.mark.parametrize(
    ("method", "options", "found"),
    [
        ("saasn", {"ngf": 8, "attention": 16, "pool": 0}, ".977 / .989 / .981"),
        ("macenko", {"offset": 0.0}, ".942 / .934 / .941"),
        *(("saasn", {part: off}, "–") for part, off in (("attention", 0), ("boundary", False), ("spectral", False),
                                                       ("structural", 0.0), ("dssim", 0.0), ("identity", 0.0))),
        ("staingan", {"identity": 0.0}, "–"),
        ("reinhard", {}, "–"),
    ],
)  # fmt: skip
def test_published_figures_stand_beside_whole_methods_alone(method: str, options: Json, found: str) -> None:
    assert published(method, options) == found
    for section in (
        {"method": method, "options": options, "trials": {}},
        {"method": "none", "options": {}, "trials": {method: {"method": method, "options": options}}},
    ):
        table = judgements(Figures([figure(method, "ssim", 0.9)]), section)
        assert table is not None
        assert [row.published for row in table.rows] == [found]


def test_an_ablation_is_not_read_as_what_was_published() -> None:
    whole, part = {"method": "saasn", "options": {}}, {"method": "saasn", "options": {"boundary": False}}
    section = {"method": "none", "options": {}, "trials": {"saasn": whole, "saasn_no_boundary": part}}
    found = judgements(Figures([figure(name, "ssim", 0.9) for name in section["trials"]]), section)
    assert found is not None
    assert [row.published for row in found.rows] == [".977 / .989 / .981", "–"]


def page(study: Job, method: str) -> str:
    """The page of a study with this normaliser that tried another."""
    trial, index = write_trial("tried", "saasn", 90), Path("data/normalized/trials/index.json")
    content = IndexManifest(members={"tried/0": trial.model_dump(mode="json")}).model_dump(mode="json")
    write_json(index, content)
    path = Path(INPUTS["figures"])
    write_figures(path, [*(row for row in read_figures(path) if row.task != "normalize"), *MEASURED])
    trials = {"tried": {"method": "saasn", "options": {}, "seeds": [0]}}
    params = {**PARAMS, "normalize": {**PARAMS["normalize"], "method": method, "trials": trials}}
    run(replace(study, inputs={**study.inputs, "trials": index}, spec={**study.spec, "params": params}))
    return " ".join(PAGE.read_text().split())


def test_a_study_without_a_normaliser_has_no_after(study: Job) -> None:
    text = page(study, "none")
    assert "A tile of each of these sites as it was cut, and as the normalisers that were tried leave it; last" in text
    assert "after none" not in text


def test_the_page_says_that_published_figures_are_of_other_slides(study: Job) -> None:
    text = page(study, "macenko")
    assert "as it was cut, after macenko to the stain of A1-HE, and as the normalisers that were tried leave it" in text
    assert "; last, a tile of siteA to compare with." in text
    assert (
        "distances are by net_untrained, which has learned nothing and is a weak judge; they compare with those of"
        in text
    )
    assert "published, other slides" in text
    assert "private duodenal slides" in text
    assert ".977 / .989 / .981" in text
    assert 'alt="tried, in the row of C1-HE"' in text
    assert read_json(study.manifest)["pictures"] == text.count("<img ")
