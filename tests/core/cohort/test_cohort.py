from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort, Member, joined
from pipeline.core.errors import ProductError
from pipeline.core.files import write_json
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import write_store


def member(slide, patient, split, stain="HE", site="x", paired_with=""):
    return Member(slide, patient, site, stain, split, paired_with, Path(f"{slide}.zarr"), 3)


COHORT = Cohort(
    [
        member("a", "p1", "train"),
        member("a-IHC", "p1", "train", "IHC", paired_with="a"),
        member("b", "p2", "train", site="y"),
        member("c", "p3", "test", site="z"),
    ]
)


def test_pairs_are_registered_slides_of_the_split():
    pairs = COHORT.paired(source="HE", target="IHC", split="train")
    assert [(one.slide, other.slide) for one, other in pairs] == [("a", "a-IHC")]
    assert COHORT.partner("b", "IHC") is None


def test_sites_without_a_training_patient_are_unseen():
    assert COHORT.sites_seen() == {"x", "y"}


def test_a_test_patient_in_training_is_an_error():
    COHORT.forbid_test(["p1", "p2"], "models/translators/t")
    with pytest.raises(ProductError, match="test patients: p3"):
        COHORT.forbid_test(["p1", "p3"], "models/translators/t")


def manifest(slide, status="complete", tiles=3, **more):
    facts = {"slide": slide, "patient": "p", "site": "x", "stain": "HE", "split": "train", "paired_with": "o"}
    store = Path(f"{slide}.zarr") if tiles else None
    return NormalizedManifest(**facts, status=status, store=store, tiles=tiles, **more)


def test_quarantined_and_empty_slides_are_left_out(tmp_path):
    slides = [manifest("a"), manifest("b", "quarantined"), manifest("c", tiles=0)]
    members = {slide.slide: slide.model_dump(mode="json") for slide in slides}
    write_json(tmp_path / "index.json", {"members": members})
    cohort = Cohort.read(tmp_path / "index.json")
    assert list(cohort.members.values()) == [Member("a", "p", "x", "HE", "train", "o", Path("a.zarr"), 3)]


def test_the_index_of_tiles_is_a_cohort_too(tmp_path):
    tiled = TileManifest(**manifest("a").facts(), store=Path("a.zarr"), tiles=3)
    write_json(tmp_path / "index.json", {"members": {"a": tiled.model_dump(mode="json")}})
    assert list(Cohort.read(tmp_path / "index.json").members) == ["a"]


def test_no_slide_to_learn_from_is_an_error():
    with pytest.raises(ProductError, match="no slide to learn from"):
        joined([])


@pytest.mark.parametrize(
    ("array", "found"), [(TileArray("uint16"), r"uint16 \(4, 4, 3\)"), (TileArray(channels=5), r"uint8 \(4, 4, 5\)")]
)
def test_tiles_to_learn_from_are_of_8_bit_rgb(tmp_path, array, found):
    slide = replace(member("a", "p1", "train"), store=tmp_path / "a.zarr")
    images = np.zeros((3, *array.shape(4)), array.dtype)
    write_store(slide.store, [images], {"xy": np.zeros((3, 2), np.int64)}, {}, size=4, arrays={"image": array})
    with pytest.raises(ProductError, match=rf"expected 8-bit RGB tiles, uint8 \(y, x, 3\), found {found}") as error:
        joined([slide])
    assert error.value.where == str(slide.store)
