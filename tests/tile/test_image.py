import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.store.store import TileStore
from pipeline.tile import image
from pipeline.tile.annotations import read_annotations
from tests.conftest import row


def column(manifest, name):
    return TileStore(Path(manifest["store"])).column(name)


@pytest.fixture
def half(write_tiff, tissue_like):
    """A slide whose left part, up to x = 288, is tissue; tiles of 64 px."""
    image = tissue_like(512)
    image[:, 288:] = 244
    return write_tiff(image)


@pytest.fixture
def annotate(tmp_path):
    def write(**boxes):
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [[[a, b], [c, b], [c, d], [a, d], [a, b]]]},
                "properties": {"objectType": "annotation", "classification": {"name": name}},
            }
            for name, (a, b, c, d) in boxes.items()
        ]
        path = tmp_path / "a.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return str(path)

    return write


def test_tiles_with_too_much_tissue_are_left_out(cut, half):
    manifest = cut(row("s", half), mpp=0.5, min_tissue=0.2, max_tissue=0.8)
    assert column(manifest, "xy")[:, 0].tolist() == [256] * 8
    assert column(manifest, "tissue") == pytest.approx(0.5, abs=0.2)


def test_no_tile_between_the_shares_names_both(cut, half):
    manifest = cut(row("s", half), mpp=0.5, min_tissue=0.8, max_tissue=0.9)
    assert "holds 80% of it and 90% at most" in manifest["error"]
    assert "tile.max_tissue" in manifest["fix"]


def test_a_stain_without_a_mask_has_no_most(cut, write_tiff):
    image = np.full((128, 128, 3), 30, np.uint8)
    assert cut(row("m", write_tiff(image), stain="m"), channels={"m": [0]}, mpp=0.5, max_tissue=0.5)["tiles"] == 4


def test_tiles_lie_within_the_classes_asked_for(cut, half, annotate):
    sheet = row(
        "s", half, annotations=annotate(tumour=(0, 0, 128, 100), stroma=(128, 0, 192, 64), fat=(0, 256, 512, 512))
    )
    manifest = cut(sheet, mpp=0.5, within=["tumour", "stroma", "absent"])
    assert column(manifest, "xy").tolist() == [[0, 0], [64, 0], [128, 0], [0, 64], [64, 64]]
    assert manifest["labels"] == {"fat": 0, "stroma": 1, "tumour": 4}


@pytest.mark.parametrize(
    ("boxes", "error"),
    [
        (None, "no region of class 'tumour'; it has none"),
        ({"fat": (0, 0, 512, 512)}, "no region of class 'tumour'; it has fat"),
        ({"tumour": (384, 0, 512, 512)}, "no tile with tissue lies by 50% in a region of class 'tumour'"),
    ],
)
def test_a_slide_without_such_a_region_is_quarantined(cut, half, annotate, boxes, error):
    sheet = row("s", half, annotations=annotate(**boxes) if boxes else "")
    manifest = cut(sheet, mpp=0.5, within=["tumour"])
    assert (manifest["status"], manifest["stage"]) == ("quarantined", "annotations")
    assert error in manifest["error"]
    assert "tile.within" in manifest["fix"]


def test_pens_may_be_told_to_be_tissue(cut, write_tiff):
    image = np.full((512, 512, 3), 244, np.uint8)
    image[:, :256] = (20, 150, 110)
    path = write_tiff(image)
    assert cut(row("s", path))["status"] == "quarantined"
    assert cut(row("s", path), pens=False)["tiles"] == 8


def test_a_large_slide_has_a_coarser_mask(cut, half, monkeypatch):
    fine = cut(row("s", half), mpp=0.5)
    monkeypatch.setattr(image, "MASK_PIXELS", 64**2)
    coarse = cut(row("s", half), mpp=0.5)
    assert np.array_equal(column(coarse, "xy"), column(fine, "xy"))
    assert Path(coarse["contours"]).stat().st_size > 0


def test_the_contours_enclose_the_tissue_in_level_0_pixels(cut, half):
    manifest = cut(row("s", half), mpp=0.5)
    assert manifest["contours"] == "data/tiles/s.tissue.geojson"
    ((outline,),) = read_annotations(Path(manifest["contours"]))["Tissue"]
    assert np.abs(outline.min(0)).max() == 0
    assert outline.max(0) == pytest.approx((288, 512), abs=10)


def test_a_folder_of_images_has_no_contours(cut, tmp_path, tissue_like):
    from PIL import Image

    (tmp_path / "f").mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(tissue_like(256)).save(tmp_path / "f" / name)
    manifest = cut(row("s", tmp_path / "f", mpp=0.5))
    assert (manifest["status"], manifest["contours"]) == ("complete", None)
    assert not Path("data/tiles/s.tissue.geojson").exists()


def test_a_partner_has_no_contours_of_its_own(cut, half):
    cut(row("he", half))
    manifest = cut(row("ihc", half, stain="IHC", paired_with="he"), partner="he")
    assert (manifest["status"], manifest["contours"]) == ("complete", None)


def test_contours_go_with_quarantine(cut, half):
    assert Path(cut(row("s", half))["contours"]).exists()
    half.write_bytes(b"II*\0broken")
    assert cut(row("s", half))["status"] == "quarantined"
    assert not Path("data/tiles/s.tissue.geojson").exists()


def test_the_same_slide_gives_the_same_bytes(cut, half):
    first = Path(cut(row("s", half))["contours"]).read_bytes()
    assert Path(cut(row("s", half))["contours"]).read_bytes() == first
