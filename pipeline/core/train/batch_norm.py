"""Batch norm over the whole batch of all ranks, on GPUs and on processors; and passes that it does not remember."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from pipeline.core.train.distribution import ranks, summed

PLAIN = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


class CommonBatchNorm(_BatchNorm):
    """Batch norm of (B, c, ...) whose mean and variance in training are those of all ranks' rows; each has as many.

    ``nn.SyncBatchNorm`` does the same on GPUs alone. In eval mode it is plain batch norm.
    """

    def _check_input_dim(self, input: torch.Tensor) -> None:  # noqa: A002 - PyTorch's name
        """Any; the plain class that it stands for is as lenient as its own input."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002
        """Standardises each channel; computes in float32."""
        if not self.training:
            return super().forward(input)
        rows = input.float()
        axes, shape = [0, *range(2, rows.dim())], [1, -1, *[1] * (rows.dim() - 2)]
        count = rows.numel() // rows.shape[1] * ranks()
        mean = summed(rows.sum(axes)) / count
        centred = rows - mean.view(shape)
        variance = summed(centred.square().sum(axes)) / count
        self._remember(mean.detach(), variance.detach() * (count / max(count - 1, 1)))
        scaled = centred * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            scaled = scaled * self.weight.view(shape) + self.bias.view(shape)
        return scaled.to(input.dtype)

    def _remember(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        """Moves the running statistics; without momentum they are the mean over all batches."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        factor = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, factor)
        self.running_var.lerp_(variance, factor)


class _OnGPUs(nn.SyncBatchNorm):
    process_group = None  # all ranks


@contextmanager
def synchronised(module: nn.Module, device: torch.device) -> Iterator[None]:
    """Lets every batch norm of ``module`` see the batches of all ranks, as one process would; alone, nothing happens.

    The very same modules change their class for as long, so that whoever holds one of them goes on to do so, and
    what is exported afterwards is plain.
    """
    kind = _OnGPUs if device.type == "cuda" else CommonBatchNorm
    norms = [norm for norm in module.modules() if type(norm) in PLAIN] if ranks() > 1 else []
    plain = [type(norm) for norm in norms]
    for norm in norms:
        norm.__class__ = kind
    try:
        yield
    finally:
        for norm, before in zip(norms, plain, strict=True):
            norm.__class__ = before


@contextmanager
def unremembered(*modules: nn.Module) -> Iterator[None]:
    """Batch norms standardise by their batch as ever, and their running statistics stay what they were.

    For passes of a network over what it is not used on: its statistics are then those of what it is used on.
    """
    norms = [part for module in modules for part in module.modules() if isinstance(part, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, before in zip(norms, momenta, strict=True):
            norm.momentum = before
