from pathlib import Path

import pytest

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.errors import ProductError


def member(slide, stain, partner=""):
    return Member(slide, slide, "A", stain, "train", partner, Path(f"{slide}.zarr"), 3)


def test_the_primary_stain_is_the_one_others_are_registered_to():
    assert Cohort([member("a", "PAS"), member("b", "HE", "a")]).primary == "PAS"
    assert Cohort([member("c", "HE"), member("d", "IHC")]).primary == "HE"


def test_an_ambiguous_primary_stain_is_an_error():
    with pytest.raises(ProductError, match="several stains could be the primary one: CK, PAS"):
        Cohort([member("c", "CK"), member("d", "PAS")]).primary  # noqa: B018
