"""CLIP-Lite: one negative for each image, and the Jensen-Shannon bound (Shrivastava et al. 2021, arXiv 2112.07133)."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from pipeline.core.networks.encoder import Encoder
from pipeline.core.train.learner import Losses
from pipeline.pretrain.language import Captioned
from pipeline.pretrain.objective import Settings
from pipeline.pretrain.prior import Prior


class CLIPLite(Captioned):
    """The negative of an image is the caption of another one of the batch, and of one alone.

    Args:
        prior: Share of the loss that is :class:`Prior` matching of both encoders' features; 0.1 in the authors' code.
        more: See :class:`Captioned`.
    """

    def __init__(self, encoder: Encoder, settings: Settings, *, prior: float = 0.0, **more: Any) -> None:
        super().__init__(encoder, settings, **more)
        self.share = prior
        sizes = (encoder.features, self.language.text.features) if prior else ()
        self.priors = nn.ModuleList(Prior(size) for size in sizes)

    def compare(self, images: torch.Tensor, texts: torch.Tensor, said: torch.Tensor) -> Losses:
        apart = negatives(said) != said
        positive, negative = (self.language.scale * (images * t).sum(1) for t in (texts, negatives(texts)))
        loss = clip_lite(positive, negative, apart)
        return {"clip_lite": loss, "masked": 1 - apart.float().mean(), "total": loss}

    def regularised(self, losses: Losses, images: torch.Tensor, texts: torch.Tensor) -> Losses:
        if not self.priors:
            return losses
        matched = torch.stack([prior(own) for prior, own in zip(self.priors, (images, texts), strict=True)]).sum()
        total = (1 - self.share) * losses["total"] + self.share * matched
        return {**losses, "prior": matched, "total": total}


def negatives(rows: torch.Tensor) -> torch.Tensor:
    """The rows (B, ...), each in the place of the next, the last in that of the first: none stays where it was.

    A random permutation would leave one row in its place on average.
    """
    return rows.roll(1, 0)


def clip_lite(positive: torch.Tensor, negative: torch.Tensor, apart: torch.Tensor) -> torch.Tensor:
    """Mean of softplus(-T) over what belongs together, plus that of softplus(T) over what does not.

    Args:
        positive: Scores T (B,) of images with their captions.
        negative: Scores (B,) of images with other captions.
        apart: bool (B,), whether such a caption is not, word by word, the image's own; others are left out.
    """
    wrong = (functional.softplus(negative) * apart).sum() / apart.sum().clamp(min=1)
    return functional.softplus(-positive).mean() + wrong
