"""Images and sentences in one space."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.projection import Projection
from pipeline.core.networks.text import TextEncoder
from pipeline.core.networks.weights import AGAIN, describe, import_network

NAME = "text"  # of its files
TEMPERATURE = 0.07  # at first
STEEPEST = 100.0  # scale of a cosine (Radford et al. 2021)


class Language(nn.Module):
    """A text encoder, a projection of its features and one of those of an image encoder.

    Args:
        features: Of the image encoder.
        width: Of the space.
        model: Of the text encoder; see :class:`TextEncoder`.
        tokenizer: Likewise.
    """

    def __init__(self, *, features: int, width: int, model: Json, tokenizer: Json) -> None:
        super().__init__()
        self.config = describe(Language, features=features, width=width, model=model, tokenizer=tokenizer)
        self.text = TextEncoder(model=model, tokenizer=tokenizer)
        self.image_projection = Projection(features, width, batch_norm=True)
        self.text_projection = Projection(self.text.features, width, batch_norm=True)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / TEMPERATURE)))

    @property
    def scale(self) -> torch.Tensor:
        """What a cosine is multiplied by to be a score, STEEPEST at most."""
        return self.log_scale.exp().clamp(max=STEEPEST)

    def images(self, features: torch.Tensor) -> torch.Tensor:
        """Unit vectors (B, width) of an image encoder's features (B, features), in full precision."""
        return _unit(self.image_projection(features))

    def sentences(self, features: torch.Tensor) -> torch.Tensor:
        """Unit vectors (B, width) of the text encoder's features (B, features), in full precision."""
        return _unit(self.text_projection(features))

    @torch.no_grad()
    def vectors(self, captions: Sequence[str], batch: int = 1024) -> np.ndarray:
        """Unit vectors float64 (caption, width) of sentences, in eval mode, ``batch`` at a time."""
        self.eval()
        tokens = self.text.tokens(captions).to(self.log_scale.device)
        parts = [tokens[start : start + batch] for start in range(0, len(tokens), batch)]
        return torch.cat([self.sentences(self.text(part)).double().cpu() for part in parts]).numpy()


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    return functional.normalize(vectors.float(), dim=-1)


def load_language(folder: Path) -> Language:
    """That of the folder of an arm that read captions, in eval mode, on the accelerator when there is one.

    Raises:
        ProductError: There is none, or it does not fit.
    """
    language = import_network(folder, NAME)
    if not isinstance(language, Language):
        found = type(language).__name__
        raise ProductError(f"expected a text encoder, found {found}", where=str(folder), fix=AGAIN)
    return language
