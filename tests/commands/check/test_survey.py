from dataclasses import replace

import pytest

from pipeline.commands.check.inspection import ImageInspection, Inspection
from pipeline.commands.check.survey import paired, survey
from pipeline.core.slides.slide import Slide
from pipeline.tile.request import Request
from tests.conftest import TILE, row

IMAGE = ImageInspection("i.tif", 0.5, 1000, 800, 1, tiles=12, counted=True, reach=(450.0, 350.0))
HE = Inspection((IMAGE,), tiles=12, counted=True)


def request(name="h", **spec):
    partner = "h" if name == "i" else ""
    return Request.of({**TILE, **spec}, Slide(**row(name, f"{name}.tif", paired_with=partner)), None)


def simulate(**spec):
    """A study of one simulated slide of 1000 px that need not be there, and of one registered to it."""
    slides = {name: request(name, **spec) for name in "hi"}
    return survey(slides, simulated=dict.fromkeys(slides, 1000), workers=1, seconds=1)


def test_simulated_slides_are_counted_without_being_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = simulate(mpp=1.0, size=64, stride=32)
    assert [*found] == ["h", "i"]
    assert {inspection.tiles for inspection in found.values()} == {((500 - 64) // 32 + 1) ** 2}
    assert not any(inspection.counted for inspection in found.values())


@pytest.mark.parametrize(
    ("spec", "stage", "error"),
    [
        ({"mpp": 0.25}, "open", "the slide has 0.5 µm/px, the study asks for 0.25"),
        ({"size": 10_000}, "tissue", "the image of 500 x 500 µm is smaller than a tile of 10000 µm"),
    ],
)
def test_simulated_slides_that_do_not_fit_the_study(spec, stage, error):
    found = simulate(**spec)
    assert {(inspection.stage, inspection.fit) for inspection in found.values()} == {(stage, False)}
    assert all(f"{error} ({name}.tif)" == inspection.error for name, inspection in found.items())


def test_slides_come_in_the_order_of_the_sheet_with_what_was_found_in_each(write_tiff, tissue_like, tmp_path):
    slides = {}
    for name, mpp in (("b", 0.5), ("a", None)):
        path = write_tiff(tissue_like(256), mpp=mpp, name=f"{name}.tif")
        slides[name] = Request.of(TILE, Slide(**row(name, path)), None)
    found = survey(slides, simulated={}, workers=2, seconds=60)
    assert [(name, inspection.fit, inspection.tiles) for name, inspection in found.items()] == [
        ("b", True, 4),
        ("a", False, 0),
    ]
    assert found["b"].sample.shape == (4, 64, 64, 3)


def test_a_registered_slide_gives_the_tiles_of_its_partner():
    found = paired(request("i"), replace(HE, tiles=3), {"h": HE})
    assert (found.fit, found.tiles) == (True, 12)


@pytest.mark.parametrize(
    ("own", "partner", "error"),
    [
        (
            HE,
            Inspection(stage="open", error="no resolution", fix="fill mpp"),
            "its partner h is quarantined: no resolution",
        ),
        (HE, replace(HE, images=(IMAGE, IMAGE)), "1 images, but its partner h has 2"),
        (
            replace(HE, images=(replace(IMAGE, path="a/2.png"), replace(IMAGE, path="a/1.png"))),
            replace(HE, images=(replace(IMAGE, path="b/1.png"), replace(IMAGE, path="b/2.png"))),
            "'2.png' stands at the place of '1.png' of its partner h",
        ),
        (replace(HE, images=(replace(IMAGE, width=880),)), HE, "tiles reach beyond this slide of 880 x 800 px (i.tif)"),
    ],
    ids=["unfit", "other images", "other order", "too small"],
)
def test_a_registered_slide_that_does_not_fit_its_partner(own, partner, error):
    found = paired(request("i"), own, {"h": partner})
    assert (found.stage, found.tiles) == ("partner", 0)
    assert error in found.error
    assert found.fix


def test_its_own_fault_comes_before_that_of_the_partner():
    own = Inspection(stage="open", error="broken", fix="copy it")
    assert paired(request("i"), own, {"h": replace(HE, error="x")}) is own


def labelled(own, partner=HE, **row_of):
    """What is said of a label file that is registered to ``partner``, whose images are 1000 x 800 px of 0.5 µm."""
    labels = {"stain": "IHC", "labels": None, "classes": ["a"], "values": [], "reader": "x:y"}
    slide = Slide(**row("i", "i.png", paired_with="h", **row_of))
    found = Request.of({**TILE, "searched": False, "labels": labels}, slide, None)
    return paired(found, Inspection((own,), tiles=1, counted=True), {"h": partner})


def test_labels_lie_in_the_image_that_they_are_of():
    own = replace(IMAGE, mpp=1.0)  # which nobody knew when they were opened
    found = labelled(own)
    assert (found.fit, found.tiles, found.images[0].mpp) == (True, 12, 0.5)
    assert "labels of 999 x 800 px for an image of 1000 x 800" in labelled(replace(own, width=999)).error
    assert labelled(replace(own, width=500, height=400), mpp=1.0).fit


def test_outlines_need_not_reach_to_the_border():
    assert labelled(replace(IMAGE, mpp=1.0, width=120, height=50, sized=False)).fit


def test_outlines_that_begin_beyond_the_image_lie_beside_it():
    own = replace(IMAGE, mpp=1.0, width=2020, height=50, sized=False)
    assert labelled(replace(own, begins=(999.0, 30.0))).fit  # a border may lie outside, in part
    assert "outlines lie beside the image of 1000 x 800 px" in labelled(replace(own, begins=(1000.0, 30.0))).error
    assert "they begin up to x 600" in labelled(replace(own, begins=(600.0, 30.0)), mpp=1.0).error
