"""Stain: a fitted normaliser on tiles against torchstain as its users run it, and the fit of Vahadane's vectors."""

from pathlib import Path

import numpy as np

from pipeline.core.stain.colour_map import ColourMap
from pipeline.core.stain.density import optical_density
from pipeline.normalize.macenko import Macenko
from pipeline.normalize.vahadane import learn_stains, objective
from pipeline.phantom.stains import SITES
from tests.normalize.test_vahadane import alternating

from .race import Race, race

SIDE, TILES, PIXELS = 256, 256, 30_000
SPARSITY = 0.1


def races(folder: Path) -> list[Race]:
    """Both races."""
    tiles = stained_tiles()
    return [applied(tiles), fitted(tiles)]


def stained_tiles() -> np.ndarray:
    """Tiles of two stains whose amounts vary from place to place, with noise: uint8 (tile, y, x, 3)."""
    rng, style = np.random.default_rng(0), SITES["siteC"]
    amounts = rng.gamma(2.0, 0.35, (TILES, SIDE // 8, SIDE // 8, 2))
    amounts[rng.random(amounts.shape) < 0.3] = 0
    amounts = amounts.repeat(8, 1).repeat(8, 2)
    noise = rng.normal(0, 2, (TILES, SIDE, SIDE, 3))
    return np.clip(np.rint(255 * np.exp(-amounts @ style.matrix.T) + noise), 0, 255).astype(np.uint8)


def applied(tiles: np.ndarray) -> Race:
    """Ours fits once and looks colours up; torchstain fits and transforms every tile."""
    from torchstain.numpy.normalizers import NumpyMacenkoNormalizer

    amounts = np.random.default_rng(1).gamma(2, 0.4, (SIDE, SIDE, 2))
    target = np.clip(np.rint(255 * np.exp(-amounts @ SITES["siteA"].matrix.T)), 0, 255)
    theirs = NumpyMacenkoNormalizer()
    theirs.fit(target.astype(np.uint8))
    own = Macenko(io=240, offset=1, beta=0.15, alpha=1.0, mask="any")
    fits = own.fit(tiles[:32].reshape(-1, 3)), own.fit(target.astype(np.uint8).reshape(-1, 3))
    change, formula = own.change(*fits), ColourMap(own.rule(*fits).apply)
    some = tiles[:4].reshape(-1, 3)
    if not np.array_equal(change(some), own.rule(*fits).apply(some)) or not np.array_equal(formula(some), change(some)):
        raise AssertionError("a map of colours is not its formula")

    def ours() -> int:
        for tile in tiles:
            change(tile)
        return len(tiles)

    def torchstains() -> int:
        for tile in tiles[:16]:
            theirs.normalize(I=tile, stains=False)
        return 16

    what = f"a fitted Macenko, tiles of {SIDE} px"
    return race(what, ours, torchstains, against="torchstain 1.4.1, numpy, per tile", unit="tiles", aim=10)


def fitted(tiles: np.ndarray) -> Race:
    """Ours against plain alternation that comes as far."""
    pixels = np.random.default_rng(2).permutation(tiles.reshape(-1, 3))[:PIXELS]
    density = optical_density(pixels, io=255, offset=0).clip(min=0)
    density = density[density.mean(1) > 0.15]
    own, reached, rounds = (
        objective(density, learn_stains(density, sparsity=SPARSITY), sparsity=SPARSITY)[0],
        np.inf,
        25,
    )
    while reached > own * (1 + 1e-3) and rounds < 1600:
        rounds *= 2
        reached = objective(density, alternating(density, SPARSITY, rounds=rounds), sparsity=SPARSITY)[0]

    def ours() -> int:
        learn_stains(density, sparsity=SPARSITY)
        return 1

    def plain() -> int:
        alternating(density, SPARSITY, rounds=rounds)
        return 1

    told = f"objectives {own:.6f} and {reached:.6f} after {rounds} rounds"
    what = f"Vahadane's vectors of {len(density):,} pixels"
    return race(what, ours, plain, against="plain alternation", unit="fits", aim=20, note=told, rounds=1)
