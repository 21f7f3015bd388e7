import json

import pytest

from pipeline.core.errors import SlideError
from pipeline.tile.annotations import read_annotations, slide_regions

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [200, 0], [200, 200], [0, 200], [0, 0]]]}
FEATURE = {"type": "Feature", "geometry": SQUARE, "properties": {"classification": {"name": "tumour"}}}


def test_broken_json_names_the_file(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text('{"features": [')
    with pytest.raises(SlideError, match="not GeoJSON") as caught:
        read_annotations(path)
    assert caught.value.where == str(path)


@pytest.mark.parametrize(
    "content",
    [
        {"type": "FeatureCollection"},
        {"type": "FeatureCollection", "features": ["tumour"]},
        {"type": "FeatureCollection", "features": [None]},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "tumour"}}]},
        {"type": "FeatureCollection", "features": [{**FEATURE, "properties": ["x"]}]},
        {"type": "FeatureCollection", "features": None},
        "tumour",
        5,
    ],
)
def test_other_json_quarantines_the_slide(tmp_path, content):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(content))
    with pytest.raises(SlideError, match="not GeoJSON") as caught:
        read_annotations(path)
    assert "FeatureCollection" in caught.value.fix


def test_a_slide_without_annotations_has_no_regions():
    assert slide_regions("", images=3) == {}


def test_a_bare_feature_of_a_slide_of_one_image_is_read(tmp_path):
    (tmp_path / "a.geojson").write_text(json.dumps(FEATURE))
    (polygon,) = slide_regions(str(tmp_path / "a.geojson"), images=1)["tumour"]
    assert polygon[0].tolist() == SQUARE["coordinates"][0]


def test_annotations_of_a_slide_of_several_images_are_refused(tmp_path):
    with pytest.raises(SlideError, match="annotations of one image for a slide of 2"):
        slide_regions("a.geojson", images=2)
