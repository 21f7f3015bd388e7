from pathlib import Path

import numpy as np
import pytest
import tifffile

from pipeline.core.errors import SlideError
from pipeline.core.slides import open_image
from pipeline.core.slides.resolution import aperio_scale, find_mpp, ome_scale

PATH = Path("slide.tif")


def test_the_sheet_overrides_everything():
    assert find_mpp(0.3, (0.9, 0.1), 40, PATH) == 0.3


def test_x_and_y_are_averaged_where_they_agree():
    assert find_mpp(None, (0.250, 0.252), 40, PATH) == pytest.approx(0.251)


@pytest.mark.parametrize(
    ("given", "found", "objective", "message"),
    [
        (None, None, 20, "no resolution"),
        (None, (0.25, 0.27), None, "0.25 µm/px along x and 0.27 along y"),
        (None, (0.25, 0.0), None, "along x"),
        (None, (float("nan"), 0.25), None, "along x"),
        (None, (352.8, 352.8), None, "the file says an implausible resolution of 352.8 µm/px"),
        (None, (0.019, 0.019), None, "implausible"),
        (25.0, (0.5, 0.5), None, "the sheet says an implausible resolution of 25 µm/px"),
        (None, (0.25, 0.25), 10, "0.25 µm/px, and an objective of 10x, which gives about 1"),
        (None, (1.01, 1.01), 20, "objective of 20x"),
    ],
)
def test_what_cannot_be_is_refused_with_three_ways_out(given, found, objective, message):
    with pytest.raises(SlideError, match=message) as caught:
        find_mpp(given, found, objective, PATH)
    assert caught.value.where == "slide.tif"
    for way in ("column 'mpp' of the slide sheet", "correct the resolution in the file", "leave the slide out"):
        assert way in caught.value.fix


@pytest.mark.parametrize(
    ("mpp", "objective"),
    [(0.5, 20), (0.25, 40), (0.23, 40), (0.499, 20), (1.0, 20), (0.5, 0), (0.5, float("inf")), (0.1, 100)],
)
def test_what_scanners_say_is_accepted(mpp, objective):
    assert find_mpp(None, (mpp, mpp), objective, PATH) == mpp


OME = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">{}<Image ID="Image:0"><Pixels {}/></Image></OME>'


@pytest.mark.parametrize(
    ("size", "unit", "mpp"),
    [
        ("0.25", None, 0.25), ("0.25", "µm", 0.25), ("0.25", "\u03bcm", 0.25), ("250", "nm", 0.25),
        ("0.00025", "mm", 0.25), ("2.5e-5", "cm", 0.25), ("2.5e-7", "m", 0.25), ("1e-5", "in", 0.254),
        ("2500", "Å", 0.25), ("1", "pixel", None), ("1", "reference frame", None), ("broad", "µm", None),
    ],
)  # fmt: skip
def test_units_of_ome(size, unit, mpp):
    units = "" if unit is None else f' PhysicalSizeXUnit="{unit}" PhysicalSizeYUnit="{unit}"'
    found, _ = ome_scale(OME.format("", f'PhysicalSizeX="{size}" PhysicalSizeY="{size}"{units}'))
    assert found == (None if mpp is None else pytest.approx((mpp, mpp)))


def test_the_objective_of_ome():
    lens = '<Instrument ID="Instrument:0"><Objective ID="Objective:0" NominalMagnification="40.0"/></Instrument>'
    assert ome_scale(OME.format(lens, "")) == (None, 40.0)
    assert ome_scale(OME.format("", "")) == (None, None)


@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize(
    ("tags", "mpp"),
    [
        ({"resolution": (2e4, 2e4), "resolutionunit": "CENTIMETER"}, (0.5, 0.5)),
        ({"resolution": (50800, 25400), "resolutionunit": "INCH"}, (0.5, 1.0)),
        ({"resolution": (2e4, 2e4), "resolutionunit": "NONE"}, None),
        ({"resolution": (0, 0), "resolutionunit": "INCH"}, None),
    ],
)
def test_resolution_tags(tmp_path, tags, mpp, tile):
    more = {"photometric": "rgb", "metadata": None, "tile": tile}
    tifffile.imwrite(tmp_path / "s.tif", np.zeros((32, 32, 3), np.uint8), **tags, **more)
    found = open_image(tmp_path / "s.tif").mpp
    assert found == (None if mpp is None else pytest.approx(mpp))


def test_the_unit_of_imagej(tmp_path):
    more = {"imagej": True, "resolution": (4.0, 4.0), "metadata": {"unit": "um"}}
    tifffile.imwrite(tmp_path / "s.tif", np.zeros((32, 32, 3), np.uint8), photometric="rgb", **more)
    assert open_image(tmp_path / "s.tif").mpp == pytest.approx((0.25, 0.25))


@pytest.mark.parametrize(
    ("description", "mpp", "objective"),
    [
        ("Aperio Image Library v11.2.1\r\n390x300 |AppMag = 20|MPP = 0.4990", (0.499, 0.499), 20),
        ("Aperio Leica |MPP=0.25|AppMag=40|Title = a=b", (0.25, 0.25), 40),
        ("Aperio Image Library|AppMag = 20", None, 20),
        ("Aperio Image Library|MPP = unknown|AppMag", None, None),
        ("Aperio", None, None),
    ],
)
def test_aperios_fields(description, mpp, objective):
    assert aperio_scale(description) == (mpp, objective)
