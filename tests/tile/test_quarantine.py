from pathlib import Path

import numpy as np
import pytest

from tests.conftest import row, tile_job

FACTS = {"slide", "patient", "site", "stain", "split", "paired_with"}


def check(manifest, stage, error):
    assert manifest["status"] == "quarantined"
    assert {name for name, value in manifest.items() if value} <= FACTS | {"status", "stage", "error", "fix"}
    assert manifest["stage"] == stage
    assert error in manifest["error"]
    assert manifest["fix"]
    assert not Path(f"data/tiles/{manifest['slide']}.zarr").exists()
    assert not list(Path("data/tiles").glob("*.partial"))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_truncated_file(cut, phantoms, tmp_path, share):
    whole = (phantoms / "A1-HE.tif").read_bytes()
    (tmp_path / "cut.tif").write_bytes(whole[: int(len(whole) * share)])
    manifest = cut(row("s", tmp_path / "cut.tif"))
    assert manifest["stage"] in ("open", "tissue", "tiles")
    check(manifest, manifest["stage"], "cannot")


def test_damage_that_only_shows_on_reading(cut, phantoms, tmp_path):
    content = bytearray((phantoms / "A1-nuclei.tif").read_bytes())
    content[len(content) // 8 : len(content) // 2] = b"\xff" * (len(content) // 2 - len(content) // 8)
    (tmp_path / "bad.tif").write_bytes(content)
    manifest = cut(row("s", tmp_path / "bad.tif"), channels={"HE": [0, 1, 2]})
    assert manifest["status"] == "quarantined"


def test_missing_resolution(cut, write_tiff, tissue_like):
    manifest = cut(row("s", write_tiff(tissue_like(256), mpp=None)))
    check(manifest, "open", "no resolution")
    assert "mpp" in manifest["fix"]


def test_a_slide_coarser_than_the_tiles(cut, write_tiff, tissue_like):
    check(cut(row("s", write_tiff(tissue_like(256), mpp=2.0))), "open", "the study asks for 1")


def test_an_empty_slide(cut, write_tiff):
    check(cut(row("s", write_tiff(np.full((512, 512, 3), 244, np.uint8)))), "tissue", "no tissue")


def test_a_slide_smaller_than_a_tile(cut, write_tiff, tissue_like):
    check(cut(row("s", write_tiff(tissue_like(50)))), "tissue", "smaller than a tile of 64 µm")


def test_the_partner_of_a_quarantined_slide(cut, write_tiff, tissue_like):
    cut(row("he", write_tiff(tissue_like(256), mpp=None)))
    sheet = row("ihc", write_tiff(tissue_like(256), name="b.tif"), stain="IHC", paired_with="he")
    check(cut(sheet, partner="he"), "partner", "its partner he is quarantined: the file says no resolution")


def test_a_partner_that_is_too_small(cut, write_tiff, tissue_like):
    cut(row("he", write_tiff(tissue_like(512))))
    sheet = row("ihc", write_tiff(tissue_like(256), name="b.tif"), stain="IHC", paired_with="he")
    check(cut(sheet, partner="he"), "partner", "reach beyond")


def test_broken_annotations(cut, write_tiff, tissue_like, tmp_path):
    (tmp_path / "a.geojson").write_text("{")
    sheet = row("s", write_tiff(tissue_like(256)), annotations=str(tmp_path / "a.geojson"))
    check(cut(sheet), "annotations", "not GeoJSON")


def test_quarantine_clears_what_stood_there(cut, write_tiff, tissue_like):
    path = write_tiff(tissue_like(256))
    assert cut(row("s", path))["status"] == "complete"
    path.write_bytes(b"II*\0broken")
    check(cut(row("s", path)), "open", "cannot open")
    assert not Path("data/tiles/s.png").exists()


def test_a_bug_of_ours_is_no_quarantine(cut, write_tiff, tissue_like, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("pipeline.tile.request.make_grid", broken)
    with pytest.raises(ZeroDivisionError):
        cut(row("s", write_tiff(tissue_like(256))))
    assert not tile_job(row("s", "s.tif")).manifest.exists()


@pytest.mark.parametrize(
    "name",
    ["wsi_histolab/tests/fixtures/svs-images/broken.svs", "wsi_openslide_python/tests/fixtures/unreadable.svs"],
)
def test_real_broken_slides(cut, real_data, name):
    assert cut(row("s", real_data / name, mpp=0.5), size=16)["status"] == "quarantined"
