"""CLIP: every image finds its caption among those of the batch, and every caption its image (Radford et al. 2021)."""

import torch
from torch.nn import functional

from pipeline.core.train.learner import Losses
from pipeline.pretrain.language import Captioned


class CLIP(Captioned):
    """Symmetric InfoNCE with a learned temperature (arXiv 2103.00020, figure 3)."""

    def compare(self, images: torch.Tensor, texts: torch.Tensor, said: torch.Tensor) -> Losses:
        same, count = said[:, None] == said, len(said)
        loss = clip(self.language.scale * images @ texts.T, same)
        return {"clip": loss, "masked": (same.sum() - count) / max(count * (count - 1), 1), "total": loss}


def clip(scores: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of both directions; what is said in the same words is neither right nor wrong but left out.

    Args:
        scores: (B, B), of every image with every caption; those of the diagonal belong together.
        same: bool (B, B), whether the captions of two images are equal.
    """
    right = torch.arange(len(scores), device=scores.device)
    left_out = same & ~torch.eye(len(same), dtype=torch.bool, device=same.device)
    scores = scores.masked_fill(left_out, -torch.inf)
    return (functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)) / 2
