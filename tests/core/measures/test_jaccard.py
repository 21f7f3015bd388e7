import numpy as np
import pytest

from pipeline.core.measures.jaccard import Jaccard, aggregated
from pipeline.core.measures.objects import numbered, pairs_of
from tests.core.measures.labels import near, rectangles


def sums(truth, found):
    ones = np.ones(truth.shape, np.uint8)
    (one, true), (other, made) = numbered(truth, ones), numbered(found, ones)
    return aggregated(true, made, pairs_of(one, other))


def kumar(truth, found):
    """Algorithm 1 of Kumar et al. 2017, object by object."""
    both, either, used = 0, 0, set()
    for one in np.unique(truth[truth > 0]):
        best, shares = None, 0.0
        for other in np.unique(found[found > 0]):
            common, union = ((truth == one) & (found == other)).sum(), ((truth == one) | (found == other)).sum()
            if common / union > shares:
                best, shares, chosen = other, common / union, (common, union)
        if best is None:
            either += (truth == one).sum()
        else:
            both, either = both + chosen[0], either + chosen[1]
            used.add(best)
    unused = [(found == other).sum() for other in np.unique(found[found > 0]) if other not in used]
    return both, either + sum(unused)


def test_a_missed_object_and_one_in_vain_add_to_the_union():
    truth, found = np.array([[1, 1, 1, 0, 2, 2, 0, 0]]), np.array([[4, 4, 0, 0, 0, 0, 0, 9]])
    assert sums(truth, found) == (2, 3 + 2 + 1)


def test_a_found_object_that_is_the_partner_of_two_counts_twice():
    assert sums(np.array([[1, 1, 2, 2]]), np.array([[5, 5, 5, 5]])) == (4, 8)


def test_all_found_is_1_and_nothing_there_is_not_defined():
    truth = np.array([[1, 0, 2, 2]])
    assert sums(truth, truth) == (3, 3)
    assert sums(0 * truth, 0 * truth) == (0, 0)
    found = Jaccard(np.array([3.0, 0]), np.array([3.0, 0])).values(np.eye(2))["aji"]
    assert found[0] == 1
    assert np.isnan(found[1])


@pytest.mark.parametrize("seed", range(12))
def test_sums_are_those_of_the_published_algorithm(seed):
    rng = np.random.default_rng(seed)
    truth = rectangles(rng, 12)
    found, _ = near(rng, *truth)
    assert sums(truth[0], found) == kumar(truth[0], found)


def test_a_resample_of_patients_is_a_ratio_of_sums():
    pool = Jaccard(np.array([1.0, 3]), np.array([6.0, 4]))
    assert pool.values(np.array([[1.0, 1], [2, 0]]))["aji"] == pytest.approx([4 / 10, 2 / 12])
