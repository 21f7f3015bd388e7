"""The head between an encoder and the loss; it is not kept after training."""

from torch import nn

EPSILON = 1e-3  # Keras' default, which the authors' code has


def projector(features: int, width: int, layers: int, out: int | None = None) -> nn.Sequential:
    """``layers`` linear maps (B, features) to (B, out), batch norm and ReLU after all but the last.

    Args:
        features: That go in.
        width: Of all layers but the last.
        layers: Linear maps.
        out: Width of the last layer; by default that of the others.
    """
    parts: list[nn.Module] = []
    for _ in range(layers - 1):
        parts += [nn.Linear(features, width), nn.BatchNorm1d(width, eps=EPSILON), nn.ReLU(inplace=True)]
        features = width
    return nn.Sequential(*parts, nn.Linear(features, width if out is None else out))
