import json

import numpy as np
import pytest

from pipeline.tile.annotations import read_annotations
from pipeline.tile.classes import tile_labels
from pipeline.tile.grid import make_grid

SQUARE = [[0, 0], [200, 0], [200, 200], [0, 200], [0, 0]]
HOLE = [[100, 100], [200, 100], [200, 200], [100, 200], [100, 100]]


def feature(name, kind, coordinates):
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"objectType": "annotation", "classification": {"name": name, "color": [1, 2, 3]}},
    }


@pytest.fixture
def annotate(tmp_path):
    def write(*features):
        path = tmp_path / "a.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
        return read_annotations(path)

    return write


def label(annotations, min_label=0.5):
    grid = make_grid(width=400, height=200, side=100, stride=100)
    return tile_labels(annotations, grid, width=400, height=200, min_label=min_label)


def test_a_hole_has_no_label(annotate):
    names, labels = label(annotate(feature("tumour", "Polygon", [SQUARE, HOLE])))
    assert names == ["tumour"]
    assert labels.reshape(2, 4).tolist() == [[0, 0, -1, -1], [0, -1, -1, -1]]


def test_the_majority_wins(annotate):
    left = feature("b", "Polygon", [[[0, 0], [160, 0], [160, 200], [0, 200]]])
    right = feature("a", "MultiPolygon", [[[[160, 0], [400, 0], [400, 200], [160, 200]]]])
    names, labels = label(annotate(left, right))
    assert names == ["a", "b"]
    assert labels.reshape(2, 4).tolist() == [[1, 1, 0, 0]] * 2


def test_less_than_the_share_asked_for_is_no_label(annotate):
    left = feature("b", "Polygon", [[[0, 0], [160, 0], [160, 200], [0, 200]]])
    _, labels = label(annotate(left), min_label=0.7)
    assert labels.reshape(2, 4).tolist() == [[0, -1, -1, -1]] * 2


def test_features_without_a_class_are_left_out(annotate):
    plain = {**feature("x", "Polygon", [SQUARE]), "properties": {"objectType": "annotation"}}
    names, labels = label(annotate(plain))
    assert names == []
    assert np.all(labels == -1)


def test_an_empty_polygon_and_a_numbered_class(annotate):
    names, labels = label(annotate(feature("tumour", "Polygon", []), feature(3, "Polygon", [SQUARE])))
    assert names == ["3", "tumour"]
    assert labels.reshape(2, 4).tolist() == [[0, 0, -1, -1], [0, 0, -1, -1]]
