"""Small untrained networks whose answers are not zero."""

import torch
from torch import nn

from pipeline.core.networks.presence_unet import PresenceUNet
from pipeline.core.networks.semantic_unet import SemanticUNet

SHAPE = {"width": 8, "mult": [1, 2], "blocks": 1, "attention": []}
CLASSES, STEPS, SIZE = 3, 25, 16


def awake(network: nn.Module) -> nn.Module:
    """With random weights where they begin at zero."""
    generator = torch.Generator().manual_seed(2)
    for parameter in network.parameters():
        parameter.data = 0.1 * torch.randn(parameter.shape, generator=generator)
    return network


def semantic() -> SemanticUNet:
    return awake(SemanticUNet(CLASSES, STEPS, hidden=4, **SHAPE))


def presence() -> PresenceUNet:
    return awake(PresenceUNet(CLASSES, STEPS, **SHAPE))
