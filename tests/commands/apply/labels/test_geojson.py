import json

import numpy as np
import pytest

from pipeline.commands.apply.labels.geojson import write_outlines
from pipeline.core.slides.label_files import read_labels
from pipeline.core.slides.label_source import Frame
from pipeline.core.slides.labelling import Labelling
from pipeline.study.labels import READER
from tests.commands.apply.labels.pictures import alike, blobs, ids_of, maps_of, stitched

NAMES = ("round", "wide")


def written(path, mask, scale=1.0, **how):
    found = stitched(maps_of(np.asarray(mask, np.uint8)), **how)
    write_outlines(path, found, scale, NAMES)
    return found, json.loads(path.read_text())


@pytest.fixture
def place(tmp_path):
    return tmp_path / "made" / "x.geojson"


def area(ring):
    x, y = np.array(ring).T
    return abs((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) / 2


def test_an_object_is_a_detection_with_its_class_in_pixels_of_level_0(place):
    mask = np.zeros((4, 6), int)
    mask[1:3, 2:5] = 2
    _, content = written(place, mask, 1.5)
    assert content["type"] == "FeatureCollection"
    (feature,) = content["features"]
    assert feature["type"] == "Feature"
    assert feature["properties"] == {
        "objectType": "detection", "classification": {"name": "wide", "color": [230, 159, 0]},
    }  # fmt: skip
    assert feature["geometry"]["type"] == "Polygon"
    (ring,) = feature["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert sorted(ring[1:]) == [[3.0, 1.5], [3.0, 4.5], [7.5, 1.5], [7.5, 4.5]]


def test_nothing_found_is_no_feature(place):
    _, content = written(place, np.zeros((9, 9)))
    assert content == {"type": "FeatureCollection", "features": []}
    assert [own.name for own in place.parent.iterdir()] == [place.name]


def test_a_hole_follows_the_border_around_it(place):
    mask = np.zeros((9, 9), int)
    mask[1:8, 1:8] = 1
    mask[3:5, 3:6] = 0
    _, content = written(place, mask)
    ((outer, hole),) = (feature["geometry"]["coordinates"] for feature in content["features"])
    assert (area(outer), area(hole)) == (49, 6)


def test_an_object_in_several_parts_is_several_polygons_with_their_own_holes(place):
    def one(maps):  # whatever is no background
        return maps.argmax(0).astype(np.uint8), (maps.argmax(0) > 0).astype(np.uint32)

    mask = np.zeros((20, 30), int)
    mask[1:8, 1:8] = mask[2:9, 10:28] = 1
    mask[3:5, 3:6] = mask[4:6, 12:14] = mask[4:6, 16:20] = 0
    _, content = written(place, mask, labels=one)
    (feature,) = content["features"]
    assert feature["geometry"]["type"] == "MultiPolygon"
    parts = [[area(ring) for ring in part] for part in feature["geometry"]["coordinates"]]
    assert [parts[0], [parts[1][0], *sorted(parts[1][1:])]] == [[49, 6], [126, 4, 8]]


def test_every_object_is_written_once_and_covers_its_pixels(place):
    mask = blobs(700, 1300, 6.0)
    found, content = written(place, mask)
    pixels = np.bincount(ids_of(found).ravel())[1:]
    areas = []
    for feature in content["features"]:
        outer, *holes = feature["geometry"]["coordinates"]
        areas.append(area(outer) - sum(map(area, holes)))
    assert sorted(areas) == sorted(pixels.tolist())
    names = [feature["properties"]["classification"]["name"] for feature in content["features"]]
    assert names.count("round") == (found.objects.classes == 1).sum()


def test_a_study_reads_the_same_labels_from_it(place):
    mask = blobs(300, 300, 4.0)
    found, _ = written(place, mask)
    labels = read_labels(place, Labelling("nuclei", None, NAMES, {}, READER), Frame(0.5, (300, 300)))
    read, instance = labels.tile(0, 0, 300, 300)
    assert np.array_equal(read, mask)
    assert alike(instance, ids_of(found))
