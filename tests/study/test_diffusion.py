import inspect

import pytest
from pydantic import ValidationError

from pipeline.core.diffusion.schedule import linear
from pipeline.core.errors import StudyError
from pipeline.study.diffusion import LEAST_STEPS, DiffusionOptions, MaskOptions, NASDMOptions, check_attention
from pipeline.study.translate import METHODS
from pipeline.translate.masks import Masks
from pipeline.translate.nasdm import NASDM


@pytest.mark.parametrize(("options", "learner"), [(NASDMOptions, NASDM), (MaskOptions, Masks)])
def test_a_learner_takes_its_options_and_trains_with_small_ones(options: type[DiffusionOptions], learner) -> None:
    given = options(width=8, mult=[1, 2]).model_dump(mode="json")
    assert learner(size=32, lr=1e-4, classes=3, **given).rate(0.9) in (0.2, 1.0)
    named = {name for name, p in inspect.signature(learner).parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert named - {"size", "lr", "classes"} <= set(given)


def test_tiles_are_halved_from_level_to_level() -> None:
    assert NASDMOptions().multiple == 16
    assert MaskOptions(mult=[1, 2, 2]).multiple == 4


def test_the_least_steps_are_those_of_the_schedule() -> None:
    assert linear(LEAST_STEPS).steps == LEAST_STEPS
    for options in (NASDMOptions, MaskOptions):
        with pytest.raises(ValidationError):
            options(diffusion_steps=LEAST_STEPS - 1)


@pytest.mark.parametrize("wrong", [{"ema": 1.0}, {"width": 9}, {"mult": []}, {"drop": 1.5}, {"halves": 2}])
def test_options_that_make_no_sense_are_told(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NASDMOptions(**wrong)


@pytest.mark.parametrize("method", ["syndiff", "nasdm", "masks"])
def test_attention_in_maps_that_there_are_not_is_told(method: str) -> None:
    def told(**given: object) -> list[StudyError]:
        return list(check_attention(METHODS[method], given, 64, "here"))

    (error,) = told(mult=[1, 2, 2], attention=[8, 32, 128])
    assert error.message == "no map of tiles of 64 px (tile.size) has a side of 8, 128"
    assert (error.where, error.fix) == ("here", "choose of: 64, 32, 16")
    assert not told(mult=[1, 2, 2], attention=[16, 64])
    assert not told(mult=[1, 2, 2], attention=[])
    assert not told(mult=[1])  # what is not asked for is not missed
    assert not told(mult=[], attention=[5])  # wrong options are told elsewhere


def test_other_methods_do_not_choose_maps() -> None:
    assert not list(check_attention(METHODS["pix2pix"], {}, 64, "here"))
