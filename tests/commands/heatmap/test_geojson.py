import json

import numpy as np

from pipeline.commands.heatmap.geojson import write_tiles
from pipeline.tile.annotations import read_annotations

BOXES = np.array([[0.0, 0.0, 128.257, 128.257], [128.0, 0.0, 256.257, 128.257]])


def test_tiles_are_objects_as_qupath_writes_them(tmp_path):
    path = tmp_path / "x.geojson"
    write_tiles(path, BOXES, np.array([[0.25, 0.75], [0.9, 0.1]]), "tissue", ("stroma", "tumour"))
    content = json.loads(path.read_text())
    assert content["type"] == "FeatureCollection"
    first = content["features"][0]
    assert first == {
        "type": "Feature",
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[0.0, 0.0], [128.26, 0.0], [128.26, 128.26], [0.0, 128.26], [0.0, 0.0]]],
        },
        "properties": {
            "objectType": "tile",
            "measurements": {"tissue: stroma": 0.25, "tissue: tumour": 0.75},
            "classification": {"name": "tumour", "color": [213, 94, 0]},
        },
    }


def test_the_pipeline_reads_the_classes_back(tmp_path):
    write_tiles(tmp_path / "x.geojson", BOXES, np.array([[0.25, 0.75], [0.9, 0.1]]), "tissue", ("stroma", "tumour"))
    found = read_annotations(tmp_path / "x.geojson")
    assert {name: len(polygons) for name, polygons in found.items()} == {"stroma": 1, "tumour": 1}


def test_values_are_measurements_without_a_class(tmp_path):
    write_tiles(tmp_path / "x.geojson", BOXES, np.array([[3.0], [7.5]]), "nuclei", ())
    properties = [feature["properties"] for feature in json.loads((tmp_path / "x.geojson").read_text())["features"]]
    assert [own["measurements"] for own in properties] == [{"nuclei": 3.0}, {"nuclei": 7.5}]
    assert all("classification" not in own for own in properties)
