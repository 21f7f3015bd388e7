"""The networks by whose features clouds of tiles are compared; whatever they measure bears their name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool2d, normalize

from pipeline.core.digests import digest_bytes, digest_file
from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, load_encoder, unit
from pipeline.core.networks.place import find_place
from pipeline.core.networks.resnet import ResNetEncoder

EXTRACTOR = "resnet18_16_untrained"
INCEPTION = "inception"  # key of a file with its weights, and its name
GREY, DEVIATION = (0.5,) * 3, (0.25,) * 3
BATCH = 64
CELLS = 8  # to whose squares maps are averaged, a side
DIGITS = 8  # of a digest that tells weights of one name apart


@dataclass(frozen=True)
class Extractor:
    """A network with a name of its own: distances by one do not compare with those by another.

    Args:
        name: No other weights have it.
        encoder: The network.
        chances: Its features, float32 (tile, feature), to chances of classes, float32 (tile, class); None where it has
            learned none that others measure by.
    """

    name: str
    encoder: Encoder
    chances: Callable[[np.ndarray], np.ndarray] | None = None

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Features: uint8 (tile, y, x, 3) to float32 (tile, feature)."""
        return self.encoder.embed(images, BATCH)

    @torch.no_grad()
    def look(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features, and vectors whose squared distance is that of :mod:`pipeline.core.measures.diversity`.

        Every map is averaged to CELLS a side: those of tiles that show different tissue have no finer places in common.

        Args:
            images: uint8 (tile, y, x, 3), as many as may be held with their maps.

        Returns:
            float32 (tile, feature) and float32 (tile, entry).
        """
        self.encoder.eval()
        outputs = self.encoder.outputs(unit(torch.from_numpy(images).to(self.encoder.mean.device)))
        parts = []
        for found in outputs.maps:
            height, width = (min(side, CELLS) for side in found.shape[2:])
            cells = adaptive_avg_pool2d(found, (height, width))
            parts.append(normalize(cells, dim=1).flatten(1) / (height * width) ** 0.5)
        return outputs.features.cpu().numpy(), torch.cat(parts, 1).cpu().numpy()


def extractor_of(job: Job) -> Extractor:
    """The network that a job looks at tiles with.

    Args:
        job: Its spec gives as ``extractor`` a place of weights, a file as ``{"inception": path}``, which its code
            ``extractor`` loads, or None: ours.

    Raises:
        ProductError: There is none, or it is none.
    """
    told = job.spec["extractor"]
    if isinstance(told, dict):
        path = Path(told[INCEPTION])
        network = job.load("extractor")(path)
        return Extractor(f"{INCEPTION}_{digest_file(path)[:DIGITS]}", network, network.chances)
    return load_extractor(Path(told) if told else None)


def load_extractor(place: Path | None = None) -> Extractor:
    """The network of a place, called by it and by its weights; without one ResNet-18 of width 16 as seed 0 draws it.

    Args:
        place: See :func:`pipeline.core.networks.encoder.load_encoder`.

    Raises:
        ProductError: There is none.
    """
    if place is not None:
        weights = digest_bytes(*(digest_file(path).encode() for path in find_place(place).weights))
        return Extractor(f"{place.stem}_{weights[:DIGITS]}", load_encoder(place))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Extractor(EXTRACTOR, ResNetEncoder(depth=18, width=16, mean=GREY, std=DEVIATION))
