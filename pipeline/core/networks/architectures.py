"""The networks of transformers that encoders are made of, as their configs tell them."""

from typing import Any

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.headers import COPY_AGAIN
from pipeline.core.networks.model_type import ANY_SIZE, CHANNELS, PROJECTION, VIT, ModelType
from pipeline.core.networks.pretrained_folder import essential

OWN_SIZE = "output_hidden_states_before_downsampling"  # else the maps of a stage have the next one's size
PATCHES = "embeddings.patch_embeddings.weight"
DINOV2 = ModelType("cls", "tokens", PROJECTION, "hidden_size")
CLIP = ModelType("pooled", "tokens", "embeddings.patch_embedding.weight", "hidden_size", (ANY_SIZE,))
RESNET = ModelType("pooled", "stages", "embedder.embedder.convolution.weight", "embedding_size")
CONVNEXT = ModelType("pooled", "stages", PATCHES, "hidden_sizes")
MODEL_TYPES = {
    "vit": VIT,
    "deit": VIT,
    "vit_msn": ModelType("cls", "tokens", PROJECTION, "hidden_size", (ANY_SIZE,)),
    "dinov2": DINOV2,
    "dinov2_with_registers": DINOV2,
    "dinov3_vit": ModelType("cls", "tokens", PATCHES, "hidden_size"),
    "clip_vision_model": CLIP,
    "siglip_vision_model": CLIP,
    "resnet": RESNET,
    "regnet": RESNET,
    "convnext": CONVNEXT,
    "convnextv2": CONVNEXT,
    "swin": ModelType("pooled", "stages", PROJECTION, "embed_dim", (ANY_SIZE, OWN_SIZE)),
}
TWOFOLD = {"clip": "clip_vision_model", "siglip": "siglip_vision_model"}  # of images and text


def image_model(config: Any, where: str) -> Json:
    """The config of the network for images in a ``config.json`` of transformers, less what the weights do not need.

    Raises:
        ProductError: It is of no type that is supported, or names no number of channels.
    """
    config = config if isinstance(config, dict) else {}
    kind = config.get("model_type")
    if kind in TWOFOLD and isinstance(config.get("vision_config"), dict):
        kind, config = TWOFOLD[kind], config["vision_config"]
    if kind not in MODEL_TYPES:
        timm = kind is None and "architecture" in config
        found = "a folder of timm" if timm else f"model_type {kind!r}"
        raise ProductError(
            f"expected a model of transformers for images, found {found}",
            where=where,
            fix=f"use the model's transformers version, of a model_type among: {', '.join([*MODEL_TYPES, *TWOFOLD])}",
        )
    channels = config.get(CHANNELS, 3)
    if not isinstance(channels, int) or channels < 1:
        text = f"expected a number of channels, found {channels!r}"
        raise ProductError(text, where=f"{where}: {CHANNELS}", fix=COPY_AGAIN)
    return {**essential(config), "model_type": kind}
