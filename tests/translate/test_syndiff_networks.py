import inspect

import pytest
import torch

from pipeline.core.errors import StudyError
from pipeline.core.networks.weights import build_network
from pipeline.core.translation.pixels import Pixels
from pipeline.study.diffusion import SynDiffOptions
from pipeline.translate.syndiff import SynDiff
from pipeline.translate.syndiff_networks import Networks
from tests.translate.conftest import OPTIONS

IN, OUT = Pixels("uint16", 5, 4095), Pixels("uint8", 1)
SMALL = {"size": 32, **{name: OPTIONS["syndiff"][name] for name in Networks.__dataclass_fields__ if name != "size"}}


def made(registered=False, **changes):
    return Networks(**{**SMALL, **changes}).way(IN, OUT, registered=registered, ema=0.9)


def test_channels_are_those_of_either_domain():
    way = made()
    assert way.diffusion.network.stem.in_channels == 5 + 1
    assert (way.diffusion.reads, way.diffusion.makes) == (IN, OUT)
    assert (way.translator.layers[1].in_channels, way.translator.layers[-2].out_channels) == (5, 1)
    assert way.discriminator.stem.in_channels == 2


def test_registered_domains_have_no_translator():
    way = made(registered=True)
    assert (way.generators(), way.discriminators()) == ([way.diffusion], [way.discriminator])
    assert way.translated(torch.zeros(1, 5, 32, 32)) is None


@pytest.mark.parametrize(("sides", "levels"), [([16], [1]), ([32, 8], [0, 2]), ([], [])])
def test_the_levels_that_attend(sides, levels):
    _, config = made(mult=[1, 1, 1], attention=sides).export()
    assert config["arguments"]["attention"] == levels


def test_the_config_is_that_of_the_average():
    network, config = made().export()
    again = build_network(config)
    assert {name: weight.shape for name, weight in again.state_dict().items()} == {
        name: weight.shape for name, weight in network.state_dict().items()
    }


@pytest.mark.parametrize("changes", [{"downs": 5, "size": 48}, {"mult": [1] * 6, "size": 48}, {"size": 34}])
def test_tiles_that_do_not_fit_are_told(changes):
    with pytest.raises(StudyError, match=f"tiles of {changes['size']} px do not fit"):
        made(**changes)


def test_a_study_says_all_that_a_learner_asks_for():
    own = {name for name, each in inspect.signature(SynDiff).parameters.items() if each.kind is each.KEYWORD_ONLY}
    assert SynDiffOptions.model_fields.keys() == (own | SMALL.keys()) - {"size", "lr", "ends"}
