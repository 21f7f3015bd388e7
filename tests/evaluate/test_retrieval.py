import numpy as np
import pytest

from pipeline.evaluate.retrieval import caption_ranks, distinct, recalls, tile_ranks

TEXTS = np.eye(3)


def unit(vectors):
    return np.array(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_captions_before_the_tiles_own():
    images = unit([[3, 2, 1], [3, 2, 1], [3, 2, 1]])
    assert caption_ranks(images, TEXTS, np.array([0, 1, 2])).tolist() == [0, 1, 2]


def test_a_tile_of_the_same_caption_is_as_right_as_the_tile_itself():
    images = unit([[9, 1, 0], [0, 9, 1], [1, 0, 9], [1, 5, 0]])
    assert tile_ranks(images, TEXTS, np.array([0, 1, 2, 0])).tolist() == [0, 0, 0, 0]
    assert tile_ranks(images, TEXTS, np.array([2, 1, 0, 1])).tolist() == [3, 0, 2, 0]


def test_an_encoder_of_one_vector_gains_nothing():
    images = np.tile(unit([[1, 1, 1]]), (4, 1))
    assert caption_ranks(images, TEXTS, np.array([0, 1, 2, 0])).tolist() == [2] * 4
    assert tile_ranks(images, TEXTS, np.array([0, 1, 2, 0])).tolist() == [2, 3, 3, 2]


def test_equal_tiles_are_tied_however_their_sums_are_taken():
    x = np.random.default_rng(0).normal(size=768)
    images, texts = np.tile(x / np.linalg.norm(x), (90, 1)), unit(np.random.default_rng(1).normal(size=(30, 768)))
    said = np.arange(90) % 30
    assert tile_ranks(images, texts, said).tolist() == [87] * 90


def test_many_are_ranked_as_few(monkeypatch):
    rng = np.random.default_rng(0)
    images, texts, said = unit(rng.normal(size=(50, 8))), unit(rng.normal(size=(7, 8))), rng.integers(0, 7, 50)
    whole = caption_ranks(images, texts, said), tile_ranks(images, texts, said)
    monkeypatch.setattr("pipeline.evaluate.retrieval.SCORES", 20)
    assert np.array_equal(caption_ranks(images, texts, said), whole[0])
    assert np.array_equal(tile_ranks(images, texts, said), whole[1])
    scores = images @ texts.T
    assert whole[0].tolist() == [(row > row[own]).sum() for row, own in zip(scores, said, strict=True)]


def test_recall_counts_what_is_among_the_first():
    found = recalls(np.array([0, 4, 5, 10]), 12)
    assert found.tolist() == [[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]]


@pytest.mark.parametrize(("candidates", "known"), [(1, 0), (5, 1), (6, 2), (10, 2), (11, 3)])
def test_what_cannot_be_missed_is_not_measured(candidates, known):
    assert (~np.isnan(recalls(np.zeros(2), candidates))).sum(1).tolist() == [known] * 2


def test_distinct_captions():
    texts, said = distinct(["b", "a", "b"])
    assert texts == ["a", "b"]
    assert said.tolist() == [1, 0, 1]
