import pytest

from pipeline.core.errors import ProductError, SlideError
from pipeline.tile.stage import UnfitError, stage


def test_an_error_gets_the_name_of_the_stage():
    with pytest.raises(UnfitError) as caught, stage("tissue"):
        raise SlideError("no tissue", where="a.svs", fix="look at it")
    assert caught.value.facts() == {"stage": "tissue", "error": "no tissue (a.svs)", "fix": "look at it"}


def test_the_innermost_stage_counts():
    with pytest.raises(UnfitError) as caught, stage("tiles"), stage("open"):
        raise SlideError("broken")
    assert caught.value.facts() == {"stage": "open", "error": "broken", "fix": ""}


def test_other_errors_pass():
    with pytest.raises(ProductError), stage("tissue"):
        raise ProductError("a store is missing")
