"""Outlines of objects, in Aperio's XML and in GeoJSON."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage.draw import polygon

from pipeline.core.errors import SlideError
from pipeline.core.slides.label_files import read_labels
from pipeline.core.slides.label_files.drawn import filled
from pipeline.core.slides.label_source import Frame
from pipeline.core.slides.labelling import Labelling

FRAME = Frame(0.25, (40, 30))


def square(x, y, side):
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def aperio(path, *layers):
    """Layers are (name of the annotation, name of an attribute, regions), regions (corners, negative)."""
    text = ["<Annotations MicronsPerPixel='0.25'>"]
    for name, attribute, regions in layers:
        text.append(
            f"<Annotation Name='{name}'><Attributes><Attribute Name='{attribute}' Value=''/></Attributes><Regions>"
        )
        for corners, negative in regions:
            vertices = "".join(f"<Vertex X='{x}' Y='{y}'/>" for x, y in corners)
            text.append(f"<Region NegativeROA='{int(negative)}'><Vertices>{vertices}</Vertices></Region>")
        text.append("</Regions></Annotation>")
    path.write_text("".join([*text, "</Annotations>"]))
    return path


def geojson(path, *objects):
    """Objects are (name, rings)."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": rings},
            "properties": {"classification": {"name": name}} if name else {},
        }
        for name, rings in objects
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_a_pixel_is_of_an_object_where_its_centre_is(opened, tmp_path):
    path = aperio(tmp_path / "a.xml", ("", "Description", [(square(5.4, 3.6, 10), False), (square(20, 20, 4), False)]))
    mask, instance = opened(path, frame=FRAME)
    expected = np.zeros((30, 40), np.uint32)
    expected[4:14, 5:15], expected[20:24, 20:24] = 1, 2
    assert np.array_equal(instance, expected)
    assert np.array_equal(mask, expected > 0)


def test_holes_and_rulers_are_no_objects(opened, tmp_path):
    regions = [(square(2, 2, 10), False), (square(5, 5, 3), True), ([[0, 0], [30, 30]], False)]
    instance = opened(aperio(tmp_path / "a.xml", ("", "Description", regions)), frame=FRAME)[1]
    assert (instance > 0).sum() == 100 - 9
    assert not instance[6, 6]


def test_classes_are_names_of_annotations_or_attributes(opened, tmp_path):
    path = aperio(
        tmp_path / "a.xml",
        ("", "Epithelial", [(square(2, 2, 4), False)]),
        ("Lymphocyte", "Description", [(square(12, 2, 4), False)]),
    )
    mask = opened(path, classes=("Lymphocyte", "Epithelial"), frame=FRAME)[0]
    assert (mask[3, 3], mask[3, 13]) == (2, 1)


def test_geojson_has_classes_and_holes_and_later_objects_lie_above(opened, tmp_path):
    path = geojson(
        tmp_path / "a.geojson",
        ("Tumor", [square(2, 2, 10), square(4, 4, 2)]),
        ("Stroma", [square(10, 10, 6)]),
    )
    mask, instance = opened(path, classes=("Stroma", "Tumor"), frame=FRAME)
    assert (mask[3, 3], mask[5, 5], mask[11, 11], mask[15, 15]) == (2, 0, 1, 1)
    assert (instance[3, 3], instance[11, 11]) == (1, 2)


def test_a_feature_without_a_place_is_left_out(opened, tmp_path):
    path = geojson(tmp_path / "a.geojson", ("a", [square(2, 2, 4)]))
    content = json.loads(path.read_text())
    content["features"].insert(0, {"type": "Feature", "geometry": None, "properties": {}})
    path.write_text(json.dumps(content))
    mask, instance = opened(path, classes=("a",))
    assert (np.unique(mask).tolist(), np.unique(instance).tolist()) == ([0, 1], [0, 1])


def test_an_object_of_several_polygons_has_one_id(opened, tmp_path):
    shape = {"type": "MultiPolygon", "coordinates": [[square(2, 2, 4)], [square(20, 2, 4)]]}
    content = {"features": [{"geometry": shape}, {"geometry": {"type": "Point", "coordinates": [1, 1]}}]}
    (tmp_path / "a.geojson").write_text(json.dumps(content))
    instance = opened(tmp_path / "a.geojson", frame=FRAME)[1]
    assert instance[3, 3] == instance[3, 21] == instance.max() == 1


@pytest.mark.parametrize(
    ("objects", "classes", "told"),
    [
        ([("Tumor", [square(2, 2, 4)])], ("Stroma",), "an object of class 'Tumor', expected Stroma"),
        ([("Tumor", [square(2, 2, 4)])], (), "expected classes with names"),
        ([("", [square(2, 2, 4)])], ("Stroma", "Tumor"), "objects without a class"),
        (
            [("", [square(2, 2, 4)]), ("", [square(200, 2, 4)])],
            ("n",),
            "1 of 2 outlines lie beside the image of 40",
        ),
    ],
)
def test_outlines_that_do_not_fit_say_so(opened, tmp_path, objects, classes, told):
    with pytest.raises(SlideError, match=told) as caught:
        opened(geojson(tmp_path / "a.geojson", *objects), classes=classes, frame=FRAME)
    assert caught.value.where.endswith("a.geojson")


def test_without_an_image_outlines_reach_as_far_as_they_do(opened, tmp_path):
    assert opened(geojson(tmp_path / "a.geojson", ("", [square(3, 2, 7.5)])))[0].shape == (10, 11)


@pytest.mark.parametrize(
    "ring", [[[1, 1], [2, float("inf")], [3, 3]], [[1, 1], [2, float("nan")], [3, 3]], [[1], [2], [3]]]
)
@pytest.mark.parametrize("frame", [None, FRAME])
def test_corners_that_are_no_places_are_refused(opened, tmp_path, ring, frame):
    with pytest.raises(SlideError, match="not GeoJSON of polygons"):
        opened(geojson(tmp_path / "a.geojson", ("", [ring])), frame=frame)
    if len(ring[0]) == 2:
        with pytest.raises(SlideError, match="cannot read the outlines"):
            opened(aperio(tmp_path / "a.xml", ("", "Description", [(ring, False)])), frame=frame)


def test_json_that_is_nested_without_end_is_refused(opened, tmp_path):
    (tmp_path / "a.geojson").write_text("[" * 100_000)
    with pytest.raises(SlideError, match="not GeoJSON of polygons"):
        opened(tmp_path / "a.geojson", frame=FRAME)


def test_outlines_of_a_whole_slide_are_drawn_where_they_are_looked_at(tmp_path):
    path = geojson(tmp_path / "a.geojson", ("", [square(10, 10, 20)]), ("", [square(150_000, 90_000, 40)]))
    labels = read_labels(path, Labelling("nuclei", None, ("nucleus",), {}, ""), Frame(0.25, (200_000, 100_000)))
    mask, instance = labels.tile(149_984, 89_984, 64, 64)  # as a picture, the labels would take 100 GB
    expected = np.zeros((64, 64), np.uint32)
    expected[16:56, 16:56] = 2
    assert np.array_equal(instance, expected)
    assert np.array_equal(mask, expected > 0)
    assert labels.begins == (150_000, 90_000)


@pytest.mark.parametrize("seed", range(5))
def test_any_ring_is_filled_by_parity(seed):
    ring = np.random.default_rng(seed).uniform(-10, 50, (12, 2))
    expected = np.zeros((30, 40), bool)
    expected[polygon(ring[:, 1] - 0.5, ring[:, 0] - 0.5, expected.shape)] = True
    assert np.array_equal(filled(ring, np.arange(30) + 0.5, np.arange(40) + 0.5), expected)


BROKEN = "<Annotations><Annotation><Region><Vertex X='a' Y='1'/></Region></Annotation></Annotations>"


@pytest.mark.parametrize("text", ["<Annotations", "<svg/>", BROKEN])
def test_xml_of_another_kind_is_refused(opened, tmp_path, text):
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(SlideError, match="cannot read the outlines"):
        opened(tmp_path / "a.xml")


def test_nuclei_of_monuseg_lie_where_their_mask_says(opened, real_data):
    folder = real_data / "nuc_monuseg_ykrmm/datasets/MoNuSegTrainingData"
    for path in sorted((folder / "Annotations").glob("*.xml")):
        mask, instance = opened(path, frame=Frame(0.25, (1000, 1000)))
        theirs = np.asarray(Image.open(folder / "Binary_masks" / f"{path.stem}.png")) > 0
        dice = 2 * (mask.astype(bool) & theirs).sum() / (mask.sum(dtype=int) + theirs.sum())
        assert dice > 0.95, (path.name, dice)
        assert 300 < len(np.unique(instance)) < 3000
