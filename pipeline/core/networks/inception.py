"""Inception-v3 as Fréchet Inception distances and Inception Scores are published with."""

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import interpolate

from pipeline.core.networks.encoder import Encoder, Outputs
from pipeline.core.networks.headers import require_same
from pipeline.core.networks.inception_blocks import (
    SQUARE,
    Unit,
    average,
    mixed_5,
    mixed_6,
    mixed_6a,
    mixed_7,
    mixed_7a,
)
from pipeline.core.networks.inception_file import ANOTHER, UNUSED, read_tensors
from pipeline.core.networks.weights import accelerator, describe

SIDE = 299  # pixels
FEATURES, CLASSES = 2048, 1008  # ImageNet's, as that network numbers them


class InceptionV3(Encoder):
    """Images to the 2048 features before its classes (Szegedy et al., CVPR 2016; FID: Heusel et al., NeurIPS 2017).

    Images are brought to 299 pixels a side, bilinearly, and to [-1, 1]. Its maps are those behind the two pools of the
    stem, of 17 x 17 and of 8 x 8. Parameters are named as in the weights of pytorch-fid, see :func:`read_inception`.
    """

    def __init__(self) -> None:
        super().__init__(describe(InceptionV3), FEATURES, (64, 192, 768, FEATURES), (0.5,) * 3, (0.5,) * 3)
        self.Conv2d_1a_3x3 = Unit(3, 32, SQUARE, stride=2)
        self.Conv2d_2a_3x3 = Unit(32, 32, SQUARE, padding=False)
        self.Conv2d_2b_3x3 = Unit(32, 64, SQUARE)
        self.Conv2d_3b_1x1 = Unit(64, 80)
        self.Conv2d_4a_3x3 = Unit(80, 192, SQUARE, padding=False)
        self.Mixed_5b = mixed_5(192, 32)
        self.Mixed_5c = mixed_5(256, 64)
        self.Mixed_5d = mixed_5(288, 64)
        self.Mixed_6a = mixed_6a(288)
        self.Mixed_6b = mixed_6(768, 128)
        self.Mixed_6c = mixed_6(768, 160)
        self.Mixed_6d = mixed_6(768, 160)
        self.Mixed_6e = mixed_6(768, 192)
        self.Mixed_7a = mixed_7a(768)
        self.Mixed_7b = mixed_7(1280, average())
        self.Mixed_7c = mixed_7(FEATURES, nn.MaxPool2d(3, 1, 1))
        self.fc = nn.Linear(FEATURES, CLASSES)
        self.pool = nn.MaxPool2d(3, 2)

    def outputs(self, images: torch.Tensor) -> Outputs:
        x = self.standardised(interpolate(images, (SIDE, SIDE), mode="bilinear", align_corners=False))
        first = self.pool(self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x))))
        second = self.pool(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(first)))
        x = self.Mixed_6a(self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(second))))
        third = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(x))))
        last = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(third)))
        return Outputs(last.mean((2, 3)), (first, second, third, last))

    @torch.no_grad()
    def chances(self, features: np.ndarray) -> np.ndarray:
        """Chances of the classes: float32 (tile, features) to float32 (tile, class), rows summing to 1.

        The bias of the classes is left out, as it is in the code that Inception Scores were published with.
        """
        weight = self.fc.weight
        return (torch.from_numpy(features).to(weight.device) @ weight.T).softmax(1).cpu().numpy()


def read_inception(path: Path, device: torch.device | None = None) -> InceptionV3:
    """The network of a file of weights, in eval mode.

    Args:
        path: A state dict with the names of this network, such as pytorch-fid's ``pt_inception-2015-12-05-*.pth``, or
            the same as ``.safetensors``. How many batches its norms saw may be there or not.
        device: Where it is put; by default the accelerator when there is one.

    Raises:
        ProductError: There is none, it holds more than tensors, or those of another network.
    """
    tensors = read_tensors(path)
    with torch.random.fork_rng(devices=[]):
        network = InceptionV3()
    own = network.state_dict()
    expected, found = (
        {k: tuple(v.shape) for k, v in named.items() if not k.endswith(UNUSED)} for named in (own, tensors)
    )
    require_same(expected, found, path, ANOTHER)
    network.load_state_dict({**own, **tensors})
    return network.to(device or accelerator()).eval()
