import csv
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.commands.export.folder import write_folder

from .conftest import tiles_of


def lines():
    with Path("out/tiles.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_pictures_are_the_stores_pixels(cohort):
    write_folder("png", Path("out"))
    table = lines()
    for name in ("A1-HE", "B1-HE"):
        store = tiles_of(cohort[name])
        files = [f"{name}/{x}_{y}.png" for x, y in store.column("xy").tolist()]
        assert [line["file"] for line in table if line["slide"] == name] == files
        pictures = np.stack([np.asarray(Image.open(Path("out", file))) for file in files])
        assert np.array_equal(pictures, store.images())
    assert len(list(Path("out").rglob("*.png"))) == len(table)


def test_the_table_holds_corner_label_tissue_and_split(cohort):
    write_folder("png", Path("out"))
    store = tiles_of(cohort["A1-HE"])
    table = [line for line in lines() if line["slide"] == "A1-HE"]
    assert list(table[0]) == ["file", "slide", "x", "y", "label", "tissue", "split"]
    assert [[int(line["x"]), int(line["y"])] for line in table] == store.column("xy").tolist()
    assert np.allclose([float(line["tissue"]) for line in table], store.column("tissue"), atol=5e-5)
    names = store.attributes["label_names"]
    expected = [names[label] if label >= 0 else "" for label in store.column("label")]
    assert [line["label"] for line in table] == expected
    assert len(set(expected)) > 1
    assert {line["split"] for line in table} == {"train"}
    assert {(line["label"], line["split"]) for line in lines() if line["slide"] == "B1-HE"} == {("", "test")}


def test_a_slide_of_many_images_has_the_image_in_the_name(folder_slide):
    write_folder("png", Path("out"), ["many"])
    store = tiles_of(folder_slide)
    files = [line["file"] for line in lines()]
    assert files[0] == "many/0_0_0.png"
    assert files[-1] == "many/1_64_64.png"
    assert np.array_equal(np.stack([np.asarray(Image.open(Path("out", file))) for file in files]), store.images())
