import numpy as np
import pytest

from pipeline.core.slides.inverted import Inverted


class Held:
    mpp, objective, levels = (0.5, 0.5), 20.0, [(2, 2)]

    def __init__(self, pixels):
        self.pixels, self.closed = pixels, False

    def read(self, level, x, y, width, height):
        return self.pixels[y : y + height, x : x + width]

    def close(self):
        self.closed = True


@pytest.mark.parametrize(("dtype", "most"), [(np.uint8, 255), (np.uint16, 65_535)])
def test_the_largest_number_less_each(dtype, most):
    held = Held(np.array([[0, 1], [7, most]], dtype))
    reader = Inverted(held)
    found = reader.read(0, 0, 0, 2, 2)
    assert found.dtype == dtype
    assert found.tolist() == [[most, most - 1], [most - 7, 0]]
    assert held.pixels.tolist() == [[0, 1], [7, most]]
    assert (reader.mpp, reader.objective, reader.levels) == (held.mpp, held.objective, held.levels)
    reader.close()
    assert held.closed
