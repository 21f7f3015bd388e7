import numpy as np
import pytest
import torch

from pipeline.core.networks.generators import ResNetGenerator, UNetGenerator
from pipeline.core.networks.initial import normal
from pipeline.core.networks.weights import describe, export_weights
from pipeline.core.translation.translator import Translator
from pipeline.normalize.learned import AT_ONCE, Learned

NETWORKS = {
    "staingan": describe(ResNetGenerator, width=4, blocks=1),
    "saasn": describe(UNetGenerator, width=4, downs=3, dropout=0.0, spectral=True, attention=2),
}
BUILT = {
    "staingan": lambda: normal(ResNetGenerator(4, 1)),
    "saasn": lambda: UNetGenerator(4, 3, dropout=0.0, spectral=True, attention=2),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_tile_becomes_the_same_whatever_the_slide_and_the_tiles_beside_it(tmp_path, kind):
    torch.manual_seed(0)
    export_weights(tmp_path, "generator", BUILT[kind](), NETWORKS[kind])
    tiles = np.random.default_rng(0).integers(0, 256, (2 * AT_ONCE + 3, 16, 16, 3), dtype=np.uint8)
    change = Learned(tmp_path, ngf=4, pool=50).change({}, {})
    made = change(tiles)
    assert (made.shape, made.dtype) == (tiles.shape, tiles.dtype)
    assert (made == Translator.load(tmp_path)(tiles)).all()
    assert (np.concatenate([change(tiles[n : n + 1]) for n in range(len(tiles))]) == made).all()
