"""The quality of one slide's synthetic view, measured on a sample of its tiles."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.core.errors import ProductError
from pipeline.core.manifests.translators import SlideQuality
from pipeline.core.measures.similarity import agreement, l1, ssim
from pipeline.core.store.store import TileStore
from pipeline.core.translation.translator import Translator
from pipeline.synthesize.cycle import cycle_errors
from pipeline.synthesize.nuclei import nuclei_agreement

MEASURED = 128  # tiles per slide, evenly spaced


def quality(
    source: TileStore,
    synthetic: TileStore,
    real: TileStore | None,
    forward: Translator,
    backward: Translator | None,
    *,
    kinds: Mapping[str, str],
    seeds: Sequence[int],
) -> SlideQuality:
    """Figures of one slide; None where they do not exist.

    Args:
        source: The slide.
        synthetic: Its synthetic view, row by row.
        real: The registered slide of the target stain, row by row.
        forward: The translator.
        backward: Its way back, where the method has one.
        kinds: Of the stains ``source`` and ``target``.
        seeds: Of every tile of the slide.

    Returns:
        ``measured`` tiles; of a source seen in light ``nuclei``; with a partner ``agreement``, ``l1`` and
        ``ssim``; with a way back ``cycle``, ``cycle_uint8``, ``cycle_noise`` and ``cycle_jump``.
    """
    if real is not None and len(real) != len(source):
        raise ProductError(
            f"the registered slide has {len(real)} tiles, expected {len(source)}",
            where=str(real.path),
            fix="tile both again; a registered slide takes its partner's grid",
        )
    rows = np.linspace(0, len(source) - 1, min(MEASURED, len(source))).round().astype(int)
    seen, made = source.tiles(rows), synthetic.tiles(rows)
    partner = real.tiles(rows) if real is not None and len(rows) > 1 else None
    return SlideQuality(
        measured=len(rows),
        nuclei=nuclei_agreement(seen, made, kinds),
        **(_compared(made, partner, forward.target.full) if partner is not None else {}),
        **(cycle_errors(forward, backward, seen, seeds=[seeds[row] for row in rows]) if backward else {}),
    )


def _compared(made: np.ndarray, real: np.ndarray, full: int) -> dict[str, float]:
    return {"agreement": agreement(made, real), "l1": l1(made, real, full), "ssim": ssim(made, real, full)}
