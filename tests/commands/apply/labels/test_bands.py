import numpy as np
import pytest

from pipeline.commands.apply.labels.bands import bands
from pipeline.core.slides.cascade import TILE


@pytest.mark.parametrize("height", [1, 40, TILE, TILE + 1, TILE + 63, TILE + 64, 3 * TILE + 30])
@pytest.mark.parametrize("rows", [1, 37, 300, 5000])
@pytest.mark.parametrize("margin", [0, 64, 300])
def test_a_band_is_its_rows_and_as_many_around_them_as_there_are(height, rows, margin):
    picture = np.arange(height * 3, dtype=np.float32).reshape(height, 3, 1)
    strips = (picture[top : top + rows] for top in range(0, height, rows))
    found = [(band.top, band.rows, band.above, band.maps.copy()) for band in bands(strips, height, margin)]
    assert [top for top, *_ in found] == list(range(0, height, TILE))
    for top, own, above, maps in found:
        assert own == min(TILE, height - top)
        assert above == min(margin, top)
        assert np.array_equal(maps, picture[top - above : top + own + margin])
