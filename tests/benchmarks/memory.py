"""``python -m tests.benchmarks.memory``: memory of a TriDeNT step of ``privileged``, variant ``paper``, from shapes.

What the backward pass keeps of encoders and heads, each storage once; the views themselves and what a convolution needs
to work in are not counted.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from rich.console import Console
from torch import nn

from pipeline.commands.init import STUDIES
from pipeline.commands.ready_made import ReadyMade
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.pretrain.projector import projector
from pipeline.study.study import PARAMS, load_study

BRANCHES = (0, 0, 1)  # two of the tile, one of the privileged view, by encoder
COPIES = 4  # weights, gradients and Adam's two moments, in single precision


def main() -> None:
    """Prints what a batch takes in single precision and in bfloat16."""
    with TemporaryDirectory() as folder:
        ReadyMade(STUDIES / "privileged.yaml").write(Path(folder) / PARAMS, "paper")
        study = load_study(Path(folder) / PARAMS)
    for batch in (study.pretrain.batch, study.pretrain.batch // 4):
        for dtype in (torch.float32, torch.bfloat16):
            networks = _networks(
                study.pretrain.encoder.model_dump(include={"depth", "width"}), study.pretrain.projector.model_dump()
            )
            weights = sum(p.numel() for network in networks for p in network.parameters())
            kept = _kept(networks, torch.empty(batch, 3, study.tile.size, study.tile.size, device="meta"), dtype)
            Console().print(
                f"batch {batch}, {dtype}: {kept / 1e9:.1f} GB, and {weights * 4 * COPIES / 1e9:.1f} GB of weights"
            )


def _networks(encoder: dict[str, int], head: dict[str, int]) -> list[nn.Sequential]:
    encoders = [ResNetEncoder(**encoder, mean=(0.5,) * 3, std=(0.2,) * 3) for _ in range(2)]
    return [nn.Sequential(own, projector(own.features, **head)).to("meta") for own in encoders]


def _kept(networks: list[nn.Sequential], images: torch.Tensor, dtype: torch.dtype) -> int:
    """Bytes that the forward pass of all branches keeps for the backward pass, weights not counted."""
    found: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        found[storage._cdata] = storage
        return tensor

    for network in networks:
        network.to(dtype)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        outputs = [networks[encoder](images.to(dtype)) for encoder in BRANCHES]
    own = {p.untyped_storage()._cdata for network in networks for p in network.parameters()}
    assert all(output.requires_grad for output in outputs)
    return sum(storage.nbytes() for key, storage in found.items() if key not in own)


if __name__ == "__main__":
    main()
