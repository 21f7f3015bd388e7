"""Scores of parts of the test tiles."""

import numpy as np
import pytest

from pipeline.evaluate.probe_scores import probe_scores
from pipeline.evaluate.probe_tiles import ProbeTiles

SPEC = {"seed": 0, "heads": ["linear", "knn"], "few": 4, "few_patients": None, "draws": 2, "neighbours": 3}
SITES, TEST = np.repeat([True, False], 20), np.tile(np.repeat([False, True], 10), 2)
TISSUE = np.tile(np.linspace(0.1, 1.0, 10, dtype=np.float32), 4)


@pytest.fixture
def scores():
    """Scores by domain and name: 10 training and 10 test tiles of a known site, and as many of another."""
    rng = np.random.default_rng(0)
    truth, slide, row = rng.normal(size=40), np.repeat(list("abcd"), 10), np.tile(np.arange(10), 4)
    patient = np.char.add(slide, np.where(row % 2, "1", "2"))
    seen = SITES | ~TEST

    def score(*strata, tissue=TISSUE):
        tiles = ProbeTiles(slide, row, patient, slide, TEST, seen, tissue, {"share": truth}, {"share": ()})
        made = probe_scores(tiles, truth[:, None] + rng.normal(size=(40, 3)), {**SPEC, "strata": list(strata)})
        return {(found.domain, found.name): found for found in made}

    return score


def test_a_stratum_holds_the_tiles_with_as_much_tissue(scores):
    found = scores(0.5, 1)
    assert [name for domain, name in found if domain == "in_domain"] == [
        "linear", "knn", "few", "permuted", "linear@0.5", "few@0.5", "linear@1", "few@1",
    ]  # fmt: skip
    assert {name: found["in_domain", name].n for name in ("few", "few@0.5", "linear@0.5", "few@1")} == {
        "few": 10, "few@0.5": 6, "linear@0.5": 6, "few@1": 1,
    }  # fmt: skip
    assert found["in_domain", "few@0.5"].patients == ("b1", "b2")
    assert found["in_domain", "few@1"].patients == ("b1",)


def test_its_predictions_are_those_of_all_tiles(scores):
    found = scores(0.5)
    whole, part = found["unseen_site", "few"].pool, found["unseen_site", "few@0.5"].pool
    assert np.array_equal(part.predicted, whole.predicted[:, 4:])
    assert np.array_equal(part.truth, whole.truth[4:])
    assert part.patient.tolist() == [1, 0, 1, 0, 1, 0]


def test_a_stratum_without_tiles_has_no_score(scores):
    assert ("unseen_site", "few@0.95") in scores(0.95)
    found = scores(0.95, tissue=np.append(TISSUE[:30], TISSUE[30:] / 2))
    assert ("in_domain", "few@0.95") in found
    assert ("unseen_site", "few@0.95") not in found


def test_other_tiles_are_another_comparison(scores):
    found = scores(0.5)
    assert found["in_domain", "few"].paired == found["in_domain", "linear"].paired
    assert found["in_domain", "few@0.5"].paired == found["in_domain", "linear@0.5"].paired
    assert found["in_domain", "few@0.5"].paired != found["in_domain", "few"].paired
