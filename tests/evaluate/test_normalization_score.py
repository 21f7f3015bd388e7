import numpy as np

from pipeline.core.files import write_json
from pipeline.core.store.store import write_store
from pipeline.evaluate.normalization_score import score_normalization, spread

READ = ("data/normalized/index.json", "data/tiles/index.json", "data/normalized/reference.json")


def test_spread_is_the_mean_distance_to_the_mean():
    assert spread(np.array([[0.0, 0, 0], [6, 8, 0]])) == 5


def test_before_and_after(study, make_job):
    tiled, normalized = {}, {}
    for slide, level in (("one", 100), ("two", 200)):
        stores = {"tiles": level, "normalized": 150}
        for phase, grey in stores.items():
            images = np.full((2, 4, 4, 3), grey, np.uint8)
            columns = {"xy": np.zeros((2, 2), np.int64)}
            write_store(study / f"data/{phase}/{slide}.zarr", [images], columns, {}, size=4)
        tiled[slide] = {"store": f"data/tiles/{slide}.zarr"}
        fit = {"matrix": [[1, 0], [0, 1], [0, 0]], "fallback": False}
        normalized[slide] = {
            "store": f"data/normalized/{slide}.zarr",
            "tiles": 2,
            "normalized": True,
            "stain_fit": fit,
            "truth": {"stain_matrix": [[1, 0], [1, 1], [0, 0]]} if slide == "one" else None,
        }
    write_json(study / READ[0], {"members": normalized})
    write_json(study / READ[1], {"members": tiled})
    found = score_normalization(make_job("evaluate_normalization", read=READ))
    assert found["colour_spread"]["after"] == 0
    assert found["colour_spread"]["before"] > 10
    assert found["stain_error_degrees"] == {"haematoxylin": 45, "second": 0, "largest": 45, "slides": 1}


def test_nothing_normalised(study, make_job):
    write_json(study / READ[1], {"members": {}})
    found = score_normalization(make_job("evaluate_normalization", read=READ))
    assert found["stain_error_degrees"] == found["colour_spread"] == {}
