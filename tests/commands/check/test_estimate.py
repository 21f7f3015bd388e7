from pathlib import Path

import numpy as np
import pytest

from pipeline.commands.check.estimate import Estimate
from pipeline.commands.check.inspection import Probe
from pipeline.study.sheet import Slide
from pipeline.study.study import load_study

SLIDES = {
    "h": Slide(slide_id="h", path="h.tif", patient_id="p", site="x", stain="HE", split="train"),
    "i": Slide(slide_id="i", path="i.tif", patient_id="p", site="x", stain="IHC", split="train"),
    "bad": Slide(slide_id="bad", path="b.tif", patient_id="q", site="x", stain="HE", split="train"),
}
UNFIT = Probe(stage="open", error="no", fix="mend")


@pytest.fixture
def study():
    """One translator, from HE to IHC; HE is normalised; tiles of 256 px."""
    return load_study(Path(__file__).parents[3] / "workflow/studies/slides.yaml")


def test_without_samples_pixels_are_the_bound(study):
    found = Estimate(study, SLIDES, {"h": Probe(tiles=10), "i": Probe(tiles=7), "bad": UNFIT})
    raw = 256 * 256 * 3
    assert found.disk("h") == {"tile": 10 * raw, "normalize": 10 * raw, "synthesize": 10 * raw}
    assert found.disk("i") == {"tile": 7 * raw}
    assert found.disk("bad") == {}
    assert found.hours() is None


def test_sample_tiles_say_what_a_tile_takes(study):
    noise = np.random.default_rng(0).integers(0, 256, (4, 256, 256, 3), np.uint8)
    flat = np.full((4, 256, 256, 3), 200, np.uint8)
    probes = {"h": Probe(tiles=100, sample=noise), "i": Probe(tiles=100, sample=flat)}
    disk = Estimate(study, SLIDES, probes).disk("h")
    raw = 100 * 256 * 256 * 3
    assert disk["tile"] == disk["normalize"] == pytest.approx(raw, rel=0.01)
    assert 0 < disk["synthesize"] < 0.01 * raw  # its stain is that of the flat tiles


def test_a_study_that_normalises_nothing_writes_nothing(study):
    plain = study.model_copy(update={"normalize": study.normalize.model_copy(update={"method": "none"})})
    assert "normalize" not in Estimate(plain, SLIDES, {"h": Probe(tiles=1)}).disk("h")


def test_a_slide_takes_its_own_time_or_that_of_the_others(study):
    slow, unknown = Probe(tiles=1000, cut=5, seconds=10.0), Probe(tiles=500)
    assert Estimate(study, SLIDES, {"h": slow, "i": unknown}).hours() == pytest.approx(3000 / 3600)
