from pathlib import Path

import pytest

from pipeline.core.cohort.preparation import prepared
from pipeline.core.errors import ProductError
from pipeline.core.files import write_json

TILING = {"mpp": 0.5, "size": 256, "stride": 256}
STAINING = {"method": "macenko", "options": {"io": 255.0}, "seed": 3}
FITS = {"a": {"p99": [1.0, 2.0]}, "b": {"p99": [3.0, 4.0]}}


def index(folder: Path, reference: str | None = "b", stain: str = "HE") -> Path:
    """An index of two slides that were brought to a reference, and of one of another stain that was not."""
    facts = {"patient": "p", "site": "s", "split": "train", "tiles": 1}
    members = {
        name: {"slide": name, "stain": stain, **facts, "normalized": True, "reference": reference, "stain_fit": fit}
        for name, fit in FITS.items()
    }
    members["c"] = {"slide": "c", "stain": "IHC", **facts}
    write_json(folder / "index.json", {"members": members})
    return folder / "index.json"


def test_the_stain_of_the_reference_is_added(tmp_path):
    found = prepared({"stain": "HE", "tiling": TILING, "staining": STAINING}, index(tmp_path))
    assert found.staining is not None
    assert found.staining.reference == FITS["b"]
    assert (found.staining.seed, found.tiling.size) == (3, 256)


def test_where_nothing_is_normalised_the_index_is_not_read(tmp_path):
    found = prepared({"stain": "HE", "tiling": TILING, "staining": None}, tmp_path / "nowhere.json")
    assert found.staining is None


def test_slides_that_were_not_normalised_have_no_stain(tmp_path):
    assert (
        prepared({"stain": "HE", "tiling": TILING, "staining": STAINING}, index(tmp_path, stain="PAS")).staining is None
    )


@pytest.mark.parametrize("made", [{"reference": None}, {"reference": "lost"}])
def test_slides_without_a_reference_are_told(tmp_path, made):
    with pytest.raises(ProductError, match="no slide that all of HE were brought to"):
        prepared({"stain": "HE", "tiling": TILING, "staining": STAINING}, index(tmp_path, **made))
