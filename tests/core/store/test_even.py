import pytest

from pipeline.core.store.even import even_rows


@pytest.mark.parametrize(
    ("count", "wanted", "rows"),
    [(9, 3, [0, 4, 8]), (10, 4, [0, 3, 6, 9]), (3, 64, [0, 1, 2]), (5, 1, [0]), (1, 64, [0]), (0, 64, [])],
)
def test_rows_are_evenly_spaced_and_hold_both_ends(count, wanted, rows):
    assert even_rows(count, wanted).tolist() == rows
