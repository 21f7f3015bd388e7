"""What takes the steps of an objective."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from pipeline.core.train.lars import LARS

KERAS_EPSILON = 1e-7


def make_optimizer(
    name: str, parameters: Iterable[nn.Parameter], lr: float, options: dict[str, Any]
) -> torch.optim.Optimizer:
    """An optimiser of the ``parameters`` that require a gradient.

    ``adam`` is that of Keras, without weight decay. The others have one, which spares biases and what norms scale by;
    LARS does not adapt their steps either.

    Args:
        name: ``adam``, ``adamw``, ``lars`` or ``sgd``.
        parameters: Of the objective.
        lr: Base learning rate.
        options: ``weight_decay`` of all but ``adam``, ``momentum`` of ``lars`` and ``sgd``.

    Raises:
        KeyError: There is no such optimiser.
    """
    learning = [parameter for parameter in parameters if parameter.requires_grad]
    if name == "adam":
        return torch.optim.Adam(learning, lr=lr, eps=KERAS_EPSILON)
    spared = {"params": [parameter for parameter in learning if parameter.dim() < 2], "weight_decay": 0.0}
    groups = [{"params": [parameter for parameter in learning if parameter.dim() > 1]}, spared]
    if name == "lars":
        spared["adapts"] = False
    kinds: dict[str, Callable[..., torch.optim.Optimizer]] = {
        "adamw": torch.optim.AdamW,
        "lars": LARS,
        "sgd": torch.optim.SGD,
    }
    return kinds[name](groups, lr=lr, **options)
