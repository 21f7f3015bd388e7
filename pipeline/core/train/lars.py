"""LARS: You et al., Large Batch Training of Convolutional Networks, 2017 (arXiv 1708.03888)."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

TRUST = 1e-3  # the paper's


class LARS(torch.optim.Optimizer):
    """Gradient descent with momentum, each tensor's step in proportion to its own norm.

    With weights w, gradient g, momentum m, trust t and weight decay d: u = g + d w; v = m v + t |w| / |u| u;
    w = w - lr v. The ratio is 1 where a norm is 0. Groups with ``adapts: False`` leave it out: biases and what norms
    scale by belong there, with a weight decay of 0.

    Args:
        groups: Of parameters.
        lr: Learning rate, of a group that has none of its own.
        weight_decay: Likewise.
        momentum: Likewise.
    """

    def __init__(
        self, groups: Iterable[dict[str, Any]], lr: float, *, weight_decay: float = 0.0, momentum: float = 0.9
    ) -> None:
        usual = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "adapts": True}
        super().__init__(groups, usual)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Takes one step; ``closure`` is not called."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._step(weight, group)

    def _step(self, weight: nn.Parameter, group: dict[str, Any]) -> None:
        update = weight.grad + group["weight_decay"] * weight
        if group["adapts"]:
            of_weight, of_update = weight.norm(), update.norm()
            ratio = TRUST * of_weight / of_update
            update = update * torch.where((of_weight > 0) & (of_update > 0), ratio, torch.ones_like(ratio))
        state = self.state[weight]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(weight)
        state["momentum"].mul_(group["momentum"]).add_(update)
        weight.sub_(state["momentum"], alpha=group["lr"])
