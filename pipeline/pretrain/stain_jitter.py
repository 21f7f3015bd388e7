"""Stain augmentation: the amounts of haematoxylin and eosin, as if another laboratory had stained the slide.

Tellez et al., Whole-Slide Mitosis Detection in H&E Breast Histology Using PHH3 as a Reference, IEEE TMI 2018: separate
the stains (Ruifrok and Johnston 2001), change each by a factor and a shift, and mix them again.
"""

import torch

from pipeline.core.train.draws import uniform
from pipeline.pretrain.policy import Policy

HAEMATOXYLIN, EOSIN = (0.650, 0.704, 0.286), (0.072, 0.990, 0.105)  # Ruifrok, optical density of R, G, B
DARKEST = 1 / 255  # intensity below which density is cut
SHIFT = 0.05  # of optical density, at a strength of 1


def _stains() -> torch.Tensor:
    """Unit rows: haematoxylin, eosin, and what is perpendicular to both, which takes the rest: (3, 3)."""
    two = torch.tensor([HAEMATOXYLIN, EOSIN])
    two = two / two.norm(dim=1, keepdim=True)
    rest = torch.linalg.cross(two[0], two[1])
    return torch.stack([*two, rest / rest.norm()])


STAINS = _stains()
UNMIX = torch.linalg.inv(STAINS)


def jitter_stains(images: torch.Tensor, policy: Policy) -> torch.Tensor:
    """Random amounts of stain; at a strength of 0 the very images, and nothing is drawn.

    Args:
        images: Float (B, 3, y, x) in [0, 1], pictures of light.
        policy: How far amounts may go.

    Returns:
        Float (B, 3, y, x) in [0, 1].
    """
    return restain(images, *random_amounts(len(images), images.device, policy)) if policy.stain else images


def random_amounts(count: int, device: torch.device, policy: Policy) -> tuple[torch.Tensor, torch.Tensor]:
    """Factors and shifts of each stain's amount: float32 (count, 3) each."""
    factor = uniform((count, 3), 1 - policy.stain, 1 + policy.stain, device)
    return factor, SHIFT * uniform((count, 3), -policy.stain, policy.stain, device)


def restain(images: torch.Tensor, factor: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """``exp(-(OD U diag(factor) + shift) S)``, as one affine map of optical density; clips to [0, 1].

    Args:
        images: Float (B, 3, y, x) in [0, 1].
        factor: (B, 3), of the amounts of haematoxylin, eosin and the rest; all 1 leave an image as it is.
        shift: (B, 3), added to them; all 0 leave white as it is.
    """
    stains, unmix = STAINS.to(images.device), UNMIX.to(images.device)
    matrix = ((unmix * factor[:, None]) @ stains).mT
    density = images.clamp(min=DARKEST).log().flatten(2)  # of the other sign, as is the shift
    flat = torch.baddbmm(-(shift @ stains)[:, :, None], matrix, density)
    return flat.exp_().clamp_(0, 1).view_as(images)
