import pytest

from pipeline.core.errors import StudyError
from pipeline.study.presets import PRESETS
from pipeline.study.study import parse_study


def section(**keys):
    return parse_study({"pretrain": keys}).pretrain


@pytest.mark.parametrize("name", PRESETS)
def test_every_recipe_is_one_of_this_version(name):
    found = section(preset=name).model_dump(mode="json")
    for key, value in PRESETS[name].items():
        expected = found[key] if not isinstance(value, dict) else {k: found[key][k] for k in value}
        assert expected == value


def test_what_the_study_says_comes_first():
    found = section(preset="trident_released", epochs=3, augment={"colour": 0.5})
    assert (found.epochs, found.batch, found.clip_per) == (3, 256, "tensor")
    assert (found.augment.preset, found.augment.colour) == ("corrected", 0.5)


def test_an_unknown_recipe_is_told():
    with pytest.raises(StudyError, match="no preset 'best'") as error:
        section(preset="best")
    assert error.value.where == "params.yaml: pretrain.preset"
