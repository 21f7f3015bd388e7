"""CLIP-Lite: one negative for each image, and the Jensen-Shannon bound (Shrivastava et al. 2021, arXiv 2112.07133)."""

import torch
from torch.nn import functional

from pipeline.core.train.learner import Losses
from pipeline.pretrain.language import Captioned


class CLIPLite(Captioned):
    """The negative of an image is the caption of the image before it in the batch, which is never its own."""

    def compare(self, images: torch.Tensor, texts: torch.Tensor, same: torch.Tensor) -> Losses:
        scale, apart = self.language.scale, ~same.diagonal(-1)
        apart = torch.cat([~same[:1, -1], apart])
        positive, negative = ((scale * images * other).sum(1) for other in (texts, texts.roll(1, 0)))
        loss = clip_lite(positive, negative, apart)
        return {"clip_lite": loss, "masked": 1 - apart.float().mean(), "total": loss}


def clip_lite(positive: torch.Tensor, negative: torch.Tensor, apart: torch.Tensor) -> torch.Tensor:
    """Mean of softplus(-T) over what belongs together, plus that of softplus(T) over what does not.

    Args:
        positive: Scores T (B,) of images with their captions.
        negative: Scores (B,) of images with other captions.
        apart: bool (B,), whether such a caption is not, word by word, the image's own; others are left out.
    """
    wrong = (functional.softplus(negative) * apart).sum() / apart.sum().clamp(min=1)
    return functional.softplus(-positive).mean() + wrong
