"""Recipes of the sources by name: what ``pretrain.preset`` fills in. Keys that a study gives itself come first.

What a source does not say is not in its recipe. Batches are those of all devices together.
"""

from pipeline.core.files import Json

RESNET_50 = {"family": "resnet", "depth": 50, "width": 64}
ADAM = {"lr": 1.0e-4, "epochs": 100, "encoder": RESNET_50, "projector": {"width": 8192, "layers": 3}}
PRESETS: dict[str, Json] = {
    # lucasfarndale/TriDeNT, with means instead of sums and one clip for all tensors
    "trident": {**ADAM, "batch": 256, "warmup": 0.1},
    # the same as released: Keras sums the losses of a batch, and each tensor's gradient is clipped alone
    "trident_released": {
        **ADAM,
        "batch": 256,
        "warmup": 0.1,
        "clip_per": "tensor",
        "reduction": "sum",
        "augment": {"preset": "released"},
    },
    # the notebook of "More From Less"
    "more_from_less": {**ADAM, "batch": 128, "warmup": 0.001},
}


def with_preset(content: Json) -> Json:
    """A section ``pretrain`` with what its preset says beside it; of an unknown one, as it is."""
    named = content.get("preset")
    return {**(PRESETS.get(named, {}) if isinstance(named, str) else {}), **content}
