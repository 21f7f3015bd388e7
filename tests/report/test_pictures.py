import base64
import io

import numpy as np
import pytest
from PIL import Image

from pipeline.report.pictures import picture


@pytest.mark.parametrize("side", [64, 520, 1024])
def test_noise_is_a_picture_too(side):
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    found = picture(noise, "noise")
    with Image.open(io.BytesIO(base64.b64decode(found.src.partition(",")[2]))) as image:
        image.load()
        assert image.size == (side, side) == (found.width, found.height)
