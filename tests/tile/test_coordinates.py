from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.commands.export.folder import write_folder
from pipeline.core.errors import SlideError
from pipeline.core.slides.slide import Slide
from pipeline.core.store.store import TileStore
from pipeline.study.tile import coordinates_of
from pipeline.tile.coordinates import given_grid, read_coordinates
from pipeline.tile.request import Request
from tests.conftest import TILE, row

XY = np.array([[0, 0], [128, 0], [512, 384]])
TRIDENT = {"patch_size": 64, "patch_size_level0": 128, "level0_magnification": 20, "target_magnification": 10}
SIZED = {**TRIDENT, "level0_width": 1024, "level0_height": 1024}
CLAM = {"patch_size": 64, "patch_level": 1, "downsample": (2.0, 2.0), "level_dim": (512, 512), "name": "A1-HE"}


def write(path, xy=XY, attributes=SIZED, **more):
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        file.create_dataset("coords", data=xy, **more).attrs.update(attributes)
    return path


@pytest.mark.parametrize("mpp", [0.5, 0.499])
@pytest.mark.parametrize("to", ["trident", "clam"])
def test_exported_tiles_come_back_the_same(cut, phantoms, to, mpp):
    sheet = row("A1-HE", phantoms / "A1-HE.tif", mpp=mpp, annotations=str(phantoms / "A1-HE.geojson"))
    own = cut(sheet)
    write_folder(to, Path("out"))
    given = coordinates_of("out", Slide(**sheet))
    assert cut(sheet, coordinates="out", given=given) == own
    assert cut(sheet, coordinates="out/patches", given=given, min_tissue=1.0) == own


@pytest.mark.parametrize(
    ("attributes", "level0"),
    [
        (TRIDENT, None),
        (SIZED, (1024, 1024)),
        (CLAM, None),
        ({**CLAM, "patch_size": 128, "patch_level": 0, "downsample": (1.0, 1.0)}, (512, 512)),
        ({"patch_size": 32, "patch_level": 2, "downsample": 4}, None),
    ],
)
@pytest.mark.parametrize("kind", ["<i4", "<i8", ">i8", "<u2"])
def test_both_layouts_are_read(tmp_path, attributes, level0, kind):
    path = write(tmp_path / "a.h5", XY.astype(kind), attributes, chunks=(1, 2), maxshape=(None, 2))
    found = read_coordinates(path)
    assert found.xy.dtype == np.int64
    assert np.array_equal(found.xy, XY)
    assert (found.side_level0, found.level0) == (128, level0)


def test_given_tiles_are_cut_whatever_their_tissue(cut, phantoms):
    given = write(Path("given/A1-HE_patches.h5"))
    manifest = cut(row("A1-HE", phantoms / "A1-HE.tif"), coordinates="given", given=given, min_tissue=0.9)
    store = TileStore(Path(manifest["store"]))
    assert np.array_equal(store.column("xy"), XY)
    assert store.column("tissue")[0] < 0.1 < store.column("tissue")[2]  # known, but no reason to drop a tile


def test_a_registered_slide_takes_its_partners_tiles(cut, phantoms):
    given = write(Path("given/A1-HE_patches.h5"))
    cut(row("A1-HE", phantoms / "A1-HE.tif"), coordinates="given", given=given)
    sheet = row("A1-IHC", phantoms / "A1-IHC.tif", stain="IHC", paired_with="A1-HE")
    assert cut(sheet, partner="A1-HE", coordinates="given")["tiles"] == 3


def test_a_slide_without_coordinates_is_quarantined(cut, phantoms):
    manifest = cut(row("A1-HE", phantoms / "A1-HE.tif"), coordinates="given")
    assert (manifest["status"], manifest["stage"]) == ("quarantined", "coordinates")
    assert manifest["error"] == "no coordinates of this slide (given)"
    assert "A1-HE_patches.h5 (TRIDENT) or A1-HE.h5 (CLAM)" in manifest["fix"]


def grid_of(path, *, width=1024, height=1024, mpp=0.5, images=1):
    spec = {**TILE, "coordinates": str(path.parent), "size": 64, "mpp": 1.0}
    request = Request.of(spec, Slide(**row(path.stem, "slide.tif")), path)
    return given_grid(request, SimpleNamespace(width=width, height=height, mpp=mpp), images=images)


@pytest.mark.parametrize(("mpp", "whole"), [(0.499, 128), (0.5, 127), (0.5, 129), (1.97, 32)])
def test_the_study_says_how_wide_a_tile_is(tmp_path, mpp, whole):
    grid = grid_of(write(tmp_path / "a.h5", attributes={**SIZED, "patch_size_level0": whole}), mpp=mpp)
    assert grid.side == 64 / mpp


@pytest.mark.parametrize(
    ("change", "more", "found", "fix"),
    [
        ({"attributes": {**SIZED, "patch_size_level0": 130}}, {}, "130 level-0 px wide, .* study 128 ", "1.01562"),
        ({}, {"width": 1025}, r"slide of \(1024, 1024\) px, this one has \(1025, 1024\)", "this very file"),
        ({"xy": XY - 1}, {}, "beyond the slide", "finest level"),
        ({"xy": XY + 512}, {}, "beyond the slide", "finest level"),
        ({"xy": XY[:0]}, {}, "no tile lies within", "anew"),
        ({"xy": XY[:1] + 1000}, {}, "no tile lies within", "anew"),
        ({"xy": np.array([[2**63, 0]], np.uint64)}, {}, "beyond the slide", "finest level"),
        ({}, {"images": 2}, "one image for a slide of 2", "row of the sheet"),
    ],
)
def test_coordinates_that_do_not_fit_the_slide_are_refused(tmp_path, change, more, found, fix):
    path = write(tmp_path / "a.h5", **change)
    with pytest.raises(SlideError, match=found) as error:
        grid_of(path, **more)
    assert error.value.where == str(path)
    assert fix in error.value.fix


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1023), st.integers(0, 767)), min_size=1, max_size=40))
def test_tiles_that_hang_over_the_edge_are_left_out_and_the_order_is_kept(tmp_path_factory, corners):
    path = write(tmp_path_factory.mktemp("given") / "a.h5", np.array(corners), TRIDENT)
    within = [(x, y) for x, y in corners if x <= 1024 - 128 and y <= 768 - 128]
    if within:
        assert grid_of(path, height=768).xy.tolist() == [list(corner) for corner in within]
    else:
        with pytest.raises(SlideError, match="no tile lies within"):
            grid_of(path, height=768)


@pytest.mark.parametrize("attributes", [{}, {"patch_size": 64}, {**CLAM, "downsample": "2"}, {**CLAM, "downsample": 0}])
def test_a_file_of_another_tool_is_refused(tmp_path, attributes):
    with pytest.raises(SlideError, match="TRIDENT's or CLAM's attributes; found"):
        read_coordinates(write(tmp_path / "a.h5", attributes=attributes))


@pytest.mark.parametrize(
    "xy", [XY.astype(float), XY.ravel(), np.zeros((3, 3), int), np.array([[b"1", b"2"]]), np.zeros(0), np.int64(1)]
)
def test_values_of_another_kind_or_shape_are_refused(tmp_path, xy):
    with pytest.raises(SlideError, match="whole numbers"):
        read_coordinates(write(tmp_path / "a.h5", xy))


def strange(file, kind):
    if kind == "nothing":
        return
    if kind == "group":
        file.create_group("coords")
    elif kind == "link":
        file["coords"] = h5py.ExternalLink("other.h5", "coords")
    elif kind == "virtual":
        layout = h5py.VirtualLayout((3, 2), "i8")
        layout[:] = h5py.VirtualSource("other.h5", "coords", (3, 2))
        file.create_virtual_dataset("coords", layout)
    elif kind == "external":
        file.create_dataset("coords", (3, 2), "i8", external=[("other.h5", 0, 48)])
    elif kind == "huge":
        file.create_dataset("coords", (1 << 40, 2), "i8", chunks=(1024, 2))
    elif kind == "chunk":
        file.create_dataset("coords", (3, 2), "i8", chunks=(1 << 26, 2), maxshape=(None, 2))


@pytest.mark.parametrize("kind", ["nothing", "group", "link", "virtual", "external", "huge", "chunk"])
def test_what_is_not_plain_and_in_this_file_is_not_read(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    write(Path("other.h5"))
    with h5py.File("a.h5", "w") as file:
        strange(file, kind)
        if isinstance(file.get("coords", getlink=True), h5py.HardLink):
            file["coords"].attrs.update(SIZED)
    with pytest.raises(SlideError, match="expected 'coords' of whole numbers"):
        read_coordinates(Path("a.h5"))


@pytest.mark.parametrize("part", [0, 0.3, 0.9])
def test_a_damaged_file_is_told_with_its_name(tmp_path, part):
    path = write(tmp_path / "a.h5", np.zeros((1000, 2), int), chunks=(10, 2))
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(SlideError, match="cannot read the coordinates") as error:
        read_coordinates(path)
    assert error.value.where == str(path)
