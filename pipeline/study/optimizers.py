"""What takes the steps of pretraining.

Its code, :mod:`pipeline.pretrain.optimizers`, is a part of every objective; no job loads it by a name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.core.errors import StudyError
from pipeline.study.method import Method, check_method
from pipeline.study.section import Section, Share, Weight


class AdamWOptions(Section):
    """Loshchilov and Hutter 2019; PyTorch's default."""

    weight_decay: Weight = 0.01


class LARSOptions(Section):
    """Those of VICReg and Barlow Twins on ImageNet, whose ``lr`` is 0.2 x batch / 256."""

    weight_decay: Weight = 1e-6
    momentum: Share = 0.9


class SGDOptions(Section):
    """Gradient descent with momentum; the defaults are those of distillation on CIFAR-100."""

    weight_decay: Weight = 5e-4
    momentum: Share = 0.9


OPTIMIZERS = {
    "adam": Method("", "Adam"),
    "adamw": Method("", "AdamW", AdamWOptions),
    "lars": Method("", "LARS", LARSOptions),
    "sgd": Method("", "SGD", SGDOptions),
}


def check_optimizer(name: str, options: Mapping[str, Any]) -> Iterator[StudyError]:
    """One that does not exist, or options that it does not take."""
    yield from check_method(OPTIMIZERS, name, options, "pretrain.optimizer", "pretrain.optimizer_options")
