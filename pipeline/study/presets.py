"""Recipes of the sources by name: what ``pretrain.preset`` fills in. Keys that a study gives itself come first.

Where a source says nothing, its recipe does not either. Batches are those of all devices together. The schedule is ours
throughout, linear and then cosine; what else differs, docs/methods.md says.
"""

from pipeline.core.files import Json

RESNET_50 = {"family": "resnet", "depth": 50, "width": 64}
WIDE = {"width": 8192, "layers": 3}
ADAM = {"encoder": RESNET_50, "projector": WIDE, "optimizer": "adam", "lr": 1.0e-4, "epochs": 100, "batch": 256}
LARS = {
    "encoder": RESNET_50,
    "projector": WIDE,
    "optimizer": "lars",
    "epochs": 1000,
    "warmup": 0.01,
    "clip_norm": None,
}
PRESETS: dict[str, Json] = {
    # lucasfarndale/TriDeNT, with means instead of sums and one clip for all tensors
    "trident": {**ADAM, "warmup": 0.1},
    # the same as released: Keras sums the losses of a batch, and each tensor's gradient is clipped alone
    "trident_released": {
        **ADAM,
        "warmup": 0.1,
        "clip_per": "tensor",
        "reduction": "sum",
        "augment": {"preset": "released"},
    },
    # the notebook of "More From Less"
    "more_from_less": {**ADAM, "batch": 128, "warmup": 0.001},
    # Bardes et al. 2022: lr 0.2 x batch / 256
    "vicreg": {**LARS, "batch": 2048, "lr": 1.6, "optimizer_options": {"weight_decay": 1.0e-6}},
    # Zbontar et al. 2021: lr 0.2 x batch / 256
    "barlow": {**LARS, "batch": 2048, "lr": 1.6, "optimizer_options": {"weight_decay": 1.5e-6}},
    # Chen et al. 2020: lr 0.3 x batch / 256
    "simclr": {
        **LARS,
        "batch": 4096,
        "lr": 4.8,
        "optimizer_options": {"weight_decay": 1.0e-6},
        "projector": {"width": 2048, "layers": 2},
    },
    # Grill et al. 2020: lr 0.2 x batch / 256
    "byol": {
        **LARS,
        "batch": 4096,
        "lr": 3.2,
        "optimizer_options": {"weight_decay": 1.5e-6},
        "projector": {"width": 4096, "layers": 2},
    },
    # OPTiML publishes no optimiser that could be read: that of TriDeNT
    "optiml": {**ADAM, "warmup": 0.1},
    # MIMKD on CIFAR-100, where the rate falls tenfold at 150, 180 and 210 epochs; the student is the arm's
    "mimkd": {
        "optimizer": "sgd",
        "lr": 0.05,
        "optimizer_options": {"weight_decay": 5.0e-4, "momentum": 0.9},
        "batch": 64,
        "epochs": 240,
        "warmup": 0.0,
        "clip_norm": None,
    },
    # CLIP-Lite; published in iterations (250,000, 10,000 of warm-up), and with LookAhead
    "clip_lite": {
        "encoder": RESNET_50,
        "optimizer": "sgd",
        "lr": 0.2,
        "optimizer_options": {"weight_decay": 1.0e-4, "momentum": 0.9},
        "batch": 1024,
        "warmup": 0.04,
        "clip_norm": 10.0,
        "augment": {"preset": "clip_lite"},
    },
}


def with_preset(content: Json) -> Json:
    """A section ``pretrain`` with what its preset says beside it; of an unknown one, as it is."""
    named = content.get("preset")
    recipe = PRESETS.get(named, {}) if isinstance(named, str) else {}
    if content.get("optimizer", recipe.get("optimizer")) != recipe.get("optimizer"):
        recipe = {key: value for key, value in recipe.items() if key != "optimizer_options"}  # they are of another
    return {**recipe, **content}
