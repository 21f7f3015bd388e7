"""What generators learn from: masks and instances beside pictures, of whoever is not held back."""

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.errors import ProductError
from pipeline.core.store.store import TileStore
from pipeline.translate.data import read_data
from tests.synthesize.painted import CLASSES, INDEX, SIZE, TILES, write_cohort

PAINTER = {"mask": ["source", "mask"], "instance": ["source", "instance"], "target": ["target", "image"]}
MASKS = {"mask": ["target", "mask"]}


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch):
    """Patients a, b and c train, z tests; the masks are registered to HE, as the sheet says."""
    monkeypatch.chdir(tmp_path)
    write_cohort(a="train", b="train", c="train", z="test")


def read(reads, *, source="nuclei", target="HE", pairing="paired", **changes):
    spec = {"seed": 0, "source": source, "target": target, "pairing": pairing, "pairs": None, "held_back": 0.0}
    return read_data(Cohort.read(INDEX), {**spec, "reads": reads, "classes": list(CLASSES), **changes}, repeat=0)


def stored(name, array="image"):
    return TileStore(INDEX.parent / f"{name}.zarr").array(array)[:]


def test_a_painter_sees_masks_and_their_tissue_row_by_row():
    data = read(PAINTER)
    assert [*data.arrays] == ["mask", "instance", "target"]
    assert data.aligned
    assert (data.tiles, data.size) == (3 * TILES, SIZE)
    whole = {"mask": "nuclei", "instance": "nuclei", "target": "HE"}
    for name, stain in whole.items():
        expected = np.concatenate([stored(f"{p}-{stain}", name if name != "target" else "image") for p in "abc"])
        assert (data.arrays[name][:] == expected).all()


def test_a_maker_of_masks_sees_masks_alone():
    data = read(MASKS, source=None, target="nuclei", pairing=None)
    assert [*data.arrays] == [*data.examples] == ["mask"]
    assert data.aligned
    assert data.patients == ["a", "b", "c"]


@pytest.mark.parametrize(
    "reads", [(PAINTER, {}), (MASKS, {"source": None, "target": "nuclei", "pairing": None})], ids=["painter", "masks"]
)
def test_who_is_held_back_is_not_shown(reads):
    arrays, ends = reads
    data = read(arrays, **ends, held_back=0.34)
    (kept,) = data.held_back
    assert sorted([kept, *data.patients]) == ["a", "b", "c"]
    assert data.tiles == 2 * TILES
    hidden = {mask.tobytes() for mask in stored(f"{kept}-nuclei", "mask")[1:]}
    assert not hidden & {mask.tobytes() for mask in (*data.arrays["mask"][:], *data.examples["mask"]) if mask.any()}


def test_a_painter_of_the_few_sees_them_alone():
    data = read(PAINTER, pairs=1)
    assert len(data.patients) == 1
    assert sorted([*data.patients, *data.held_back]) == ["a", "b", "c"]


def test_examples_are_rows_of_every_array():
    examples = read(PAINTER).examples
    dark = examples["target"].mean(-1) < 150
    assert (dark == (examples["mask"] > 0)).mean() > 0.99


@pytest.mark.parametrize(
    ("reads", "changes"),
    [(PAINTER, {"source": "IHC"}), (MASKS, {"source": None, "target": "IHC", "pairing": None})],
    ids=["painter", "masks"],
)
def test_slides_that_are_not_there_are_told(reads, changes):
    with pytest.raises(ProductError, match="no slide to learn from"):
        read(reads, **changes)


def test_an_id_without_a_name_is_told():
    with pytest.raises(ProductError, match="class id 2 in a mask") as error:
        read(PAINTER, classes=["round"])
    assert error.value.where == "a-nuclei"
