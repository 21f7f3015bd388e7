from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.commands.check.inspection import Probe, View
from pipeline.commands.check.survey import _paired, survey
from pipeline.engine.plan import Plan
from pipeline.study.sheet import Slide, read_sheet
from pipeline.study.study import load_study

ROOT = Path(__file__).parents[3]
VIEW = View(0.5, 1000, 800, 1, tiles=12, counted=True, extent=(500.0, 400.0), reach=(450.0, 350.0))
HE = Probe((VIEW,), tiles=12, counted=True)
IHC = Slide(slide_id="i", path="i.tif", patient_id="p", site="x", stain="IHC", split="train", paired_with="h")


@pytest.fixture
def simulated():
    """The study of the repository, which simulates its slides."""
    study = load_study(ROOT / "params.yaml")
    return Plan(study, read_sheet(ROOT / "data/slides.csv", seed=0, test_share=0.3, made=True))


def changed(plan, **tile):
    return Plan(plan.study.model_copy(update={"tile": plan.study.tile.model_copy(update=tile)}), plan.slides)


def test_simulated_slides_are_counted_without_being_there(simulated, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tile = simulated.study.tile
    side = int(tile.phantom.size * 0.5 / tile.mpp)  # px as the tiles have them
    found = survey(simulated, workers=1, seconds=1)
    assert set(found) == set(simulated.slides)
    assert {probe.tiles for probe in found.values()} == {((side - tile.size) // tile.stride + 1) ** 2}
    assert not any(probe.counted for probe in found.values())


@pytest.mark.parametrize(
    ("tile", "stage", "error"),
    [({"mpp": 0.25}, "open", "0.5 µm/px, the study asks for 0.25"), ({"size": 10_000}, "tissue", "larger than")],
)
def test_simulated_slides_that_do_not_fit_the_study(simulated, tile, stage, error):
    (found,) = set(survey(changed(simulated, **tile), workers=1, seconds=1).values())
    assert (found.stage, found.fit) == (stage, False)
    assert error in found.error


def test_a_registered_slide_gives_the_tiles_of_its_partner():
    found = _paired(IHC, replace(HE, tiles=3), {"h": HE})
    assert (found.fit, found.tiles) == (True, 12)


@pytest.mark.parametrize(
    ("own", "partner", "error"),
    [
        (HE, Probe(stage="open", error="no resolution", fix="fill mpp"), "its partner h is quarantined: no resolution"),
        (HE, replace(HE, views=(VIEW, VIEW)), "1 images, but its partner h has 2"),
        (replace(HE, views=(replace(VIEW, extent=(440.0, 400.0)),)), HE, "reach beyond this slide"),
    ],
    ids=["unfit", "other images", "too small"],
)
def test_a_registered_slide_that_does_not_fit_its_partner(own, partner, error):
    found = _paired(IHC, own, {"h": partner})
    assert (found.stage, found.tiles) == ("partner", 0)
    assert error in found.error
    assert found.fix


def test_its_own_fault_comes_before_that_of_the_partner():
    own = Probe(stage="open", error="broken", fix="copy it")
    assert _paired(IHC, own, {"h": replace(HE, error="x")}) is own
