import numpy as np
import pytest

from pipeline.core.errors import ProductError
from pipeline.core.stain.colour_map import ColourMap, codes_of, colours_of
from pipeline.core.stain.rules import LabRule, StainRule, read_rule

MATRIX = ((0.65, 0.1), (0.70, 0.95), (0.29, 0.28))
RULES = {
    "least squares": StainRule(io=255, offset=0, source=MATRIX, scale=(1.2, 0.7), target=MATRIX),
    "sparse": StainRule(io=240, offset=1, gain=1.1, source=MATRIX, scale=(0.5, 2), target=MATRIX, penalty=0.01),
    "lab": LabRule(source_mean=(60, 20, -10), source_std=(9, 5, 5), target_mean=(70, 10, -9), target_std=(12, 6, 4)),
}


def images(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (3, 20, 30, 3), dtype=np.uint8)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_map_changes_no_value_of_the_formula(rule):
    found = ColourMap(rule.apply)
    for seed in (0, 1, 0):
        assert np.array_equal(found(images(seed)).reshape(-1, 3), rule.apply(images(seed).reshape(-1, 3)))


def test_a_colour_is_computed_once():
    asked = []

    def negative(colours):
        asked.append(len(colours))
        return 255 - colours

    found = ColourMap(negative)
    tile = np.repeat(images()[0, :2], 9, axis=0)
    assert np.array_equal(found(tile), 255 - tile)
    assert np.array_equal(found(tile[::-1]), 255 - tile[::-1])
    assert asked == [len(np.unique(tile.reshape(-1, 3), axis=0))]


def test_black_may_become_black():
    found = ColourMap(lambda colours: colours)
    assert not found(np.zeros((4, 4, 3), np.uint8)).any()


def test_red_is_the_lowest_byte_of_a_code():
    colours = np.array([[1, 2, 3], [255, 0, 0]], np.uint8)
    assert codes_of(colours).tolist() == [0x030201, 0x0000FF]
    assert np.array_equal(colours_of(codes_of(colours)), colours)


@pytest.mark.parametrize("wrong", [np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2, 3)), np.zeros((2, 2), np.uint8)])
def test_what_is_no_8_bit_rgb_is_told(wrong):
    with pytest.raises(ProductError, match="expected 8-bit RGB"):
        ColourMap(lambda colours: colours)(wrong)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_travels_as_json(rule):
    assert read_rule(rule.model_dump(mode="json")) == rule
