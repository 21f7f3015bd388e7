from pathlib import Path

import pytest

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.errors import ProductError
from pipeline.core.files import write_json
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest


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
