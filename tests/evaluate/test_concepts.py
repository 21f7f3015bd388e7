import numpy as np
import pytest

from pipeline.evaluate.concepts import directions, without


@pytest.fixture
def groups():
    """Two sentences with one of three words, whose vectors differ along two axes of eight, and one from the other."""
    rng = np.random.default_rng(0)
    words = np.zeros((3, 8))
    words[:, :2] = rng.normal(size=(3, 2))
    return rng.normal(size=(2, 1, 8)) + words


def test_a_concept_is_where_sentences_of_one_group_differ(groups):
    found = directions(groups)
    assert found.shape == (2, 8)
    assert np.allclose(found @ found.T, np.eye(2), atol=1e-12)
    assert np.abs(found[:, 2:]).max() < 1e-12


def test_two_words_give_the_direction_from_one_to_the_other():
    pair = np.array([[[1.0, 2.0, 0.0], [4.0, 6.0, 0.0]]])
    assert np.allclose(np.abs(directions(pair)), [[0.6, 0.8, 0.0]], atol=1e-12)


def test_words_that_are_read_alike_have_no_direction(groups):
    assert directions(np.repeat(groups[:, :1], 3, axis=1)).shape == (0, 8)
    assert directions(np.zeros((1, 2, 8))).shape == (0, 8)


def test_what_is_left_is_orthogonal_to_the_concept_and_left_as_it_is(groups):
    concept, h = directions(groups), np.random.default_rng(1).normal(size=(100, 8)).astype(np.float32)
    left = without(h, concept)
    assert np.abs(left @ concept.T).max() < 1e-12
    assert np.abs(without(left, concept) - left).max() < 1e-12
    assert np.allclose(np.linalg.norm(left, axis=1) ** 2 + np.linalg.norm(h @ concept.T, axis=1) ** 2, (h**2).sum(1))
