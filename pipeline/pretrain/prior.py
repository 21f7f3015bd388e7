"""Prior matching: features are pushed towards a uniform distribution by a network that cannot tell them from it.

Deep InfoMax (Hjelm et al. 2019, arXiv 1808.06670, section 3.3). CLIP-Lite's code has it and its text has not.
"""

from typing import Any

import torch
from torch import nn

from pipeline.core.train.draws import uniform
from pipeline.pretrain.jsd import jsd_bound

HIDDEN = (1000, 200)


class Prior(nn.Module):
    """Tells features from uniform numbers; what its loss teaches the features is the opposite of what it learns.

    Args:
        features: Of what is told apart.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        first, second = HIDDEN
        self.layers = nn.Sequential(
            nn.Linear(features, first), nn.ReLU(), nn.Linear(first, second), nn.ReLU(), nn.Linear(second, 1)
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """The loss of features (B, f), whose sigmoid is compared with as many uniform numbers: 2 ln 2 at chance."""
        found = _Reversed.apply(features.float().sigmoid())  # type: ignore[no-untyped-call]
        with torch.autocast(found.device.type, enabled=False):
            even = uniform(tuple(found.shape), 0.0, 1.0, found.device)
            return -jsd_bound(self.layers(even), self.layers(found))


class _Reversed(torch.autograd.Function):
    """The identity, whose gradient has the other sign."""

    @staticmethod
    def forward(context: Any, values: torch.Tensor) -> torch.Tensor:
        return values.clone()

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> torch.Tensor:
        return -gradient
