"""Group norm, and group norm that is scaled and shifted by a picture of conditions."""

import torch
from torch import nn
from torch.nn.functional import interpolate, relu

GROUPS, LEAST = 32, 4  # groups at most, channels of a group at least


def largest_divisor(number: int, most: int) -> int:
    """The largest divisor of a number that is ``most`` at most; 1 where ``most`` is less."""
    return max((n for n in range(1, most + 1) if number % n == 0), default=1)


def groups_of(channels: int) -> int:
    """Groups of a norm: as many as divide the channels, 32 at most, each of 4 channels at least.

    A group of one channel would lose its mean, and with it the colour of a tile, from which noise could not be told,
    and what an embedded time adds to the channel.
    """
    return largest_divisor(channels, min(GROUPS, channels // LEAST))


class Conditions:
    """What norms are told of the tiles: a picture of conditions, as large as the tiles, and what they made of it.

    Args:
        picture: float (B, conditions, H, W), or of one row for all tiles.
        keep: Norms answer once, for a sampler that shows them the same picture at every step.
    """

    def __init__(self, picture: torch.Tensor, *, keep: bool = False) -> None:
        self.picture, self._keep = picture, keep
        self._kept: dict[nn.Module, tuple[torch.Tensor, torch.Tensor]] = {}

    def maps(self, norm: "Spade", size: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Scale and shift of a norm for maps of ``size``: float (B, channels, *size) each."""
        if norm in self._kept:
            return self._kept[norm]
        made = norm.maps(interpolate(self.picture, size, mode="nearest"))
        if self._keep:
            self._kept[norm] = made
        return made


class PlainNorm(nn.GroupNorm):
    """Group norm with a learned scale and shift per channel, whatever the conditions."""

    def __init__(self, channels: int) -> None:
        super().__init__(groups_of(channels), channels)

    def forward(self, x: torch.Tensor, conditions: Conditions | None = None) -> torch.Tensor:
        return super().forward(x)


class Spade(nn.Module):
    """``h (1 + gamma) + beta`` of ``h``, group norm without parameters; both are maps made of the conditions.

    Park et al. 2019, as Wang et al. 2022 (semantic diffusion) have it: the conditions, by their nearest pixel, a 3 x 3
    convolution, ReLU, and one 3 x 3 convolution for each map. Where those are zero it is the group norm.

    Args:
        channels: Of the maps.
        conditions: Channels of the picture of conditions.
        hidden: Channels between; 128 in the paper.
    """

    def __init__(self, channels: int, conditions: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups_of(channels), channels, affine=False)
        self.shared = nn.Conv2d(conditions, hidden, 3, padding=1)
        self.gamma, self.beta = (nn.Conv2d(hidden, channels, 3, padding=1) for _ in range(2))

    def forward(self, x: torch.Tensor, conditions: Conditions) -> torch.Tensor:
        gamma, beta = conditions.maps(self, (x.shape[-2], x.shape[-1]))
        normed: torch.Tensor = self.norm(x)
        return normed * (1 + gamma) + beta

    def maps(self, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Gamma and beta of a picture of conditions that is as large as they are to be."""
        known = relu(self.shared(picture))
        return self.gamma(known), self.beta(known)
