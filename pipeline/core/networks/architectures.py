"""What encoders are made of, as far as a config and the header of their weights tell; loads no network's code."""

from dataclasses import dataclass
from typing import Any, Literal

from pipeline.core.errors import ProductError
from pipeline.core.files import Json

RESNETS: dict[int, tuple[str, list[int], int]] = {  # depth: kind of block, blocks per stage, expansion
    18: ("basic", [2, 2, 2, 2], 1),
    34: ("basic", [3, 4, 6, 3], 1),
    50: ("bottleneck", [3, 4, 6, 3], 4),
}
VITS = {"tiny": (192, 3), "small": (384, 6), "base": (768, 12)}  # size: channels, heads
IMAGE = 224  # pixels that a ViT has its positions for
PRIVATE = ("architectures", "dtype", "torch_dtype", "auto_map", "id2label", "label2id", "quantization_config")
CHANNELS = "num_channels"


@dataclass(frozen=True)
class ModelType:
    """A ``model_type`` of transformers.

    Args:
        features: ``cls``: the first token after the last norm; ``pooled``: what the network itself pools.
        maps: Of ``tokens``, all at the stride of a patch, or of ``stages``.
        stem: How the name of its first convolution ends.
        width: Key of the config with that convolution's filters.
        asked: What it is to do beside, whenever it is run.
        unpooled: Whether it is to be built without a pooler.
    """

    features: Literal["cls", "pooled"]
    maps: Literal["tokens", "stages"]
    stem: str
    width: str
    asked: tuple[str, ...] = ()
    unpooled: bool = False

    @property
    def pattern(self) -> str:
        """Finds the stage (empty: there are none) and the block in the name of a tensor."""
        if self.maps == "tokens":
            return r"()\blayers?\.(\d+)\."
        return r"\b(?:stages|layers)\.(\d+)\.(?:layers|blocks)\.(\d+)\."

    def depths(self, model: Json) -> list[int] | None:
        """Blocks per stage, where the config says it."""
        depth = model.get("num_hidden_layers") if self.maps == "tokens" else model.get("depths")
        return [depth] if isinstance(depth, int) else depth


ANY_SIZE = "interpolate_pos_encoding"
OWN_SIZE = "output_hidden_states_before_downsampling"  # else the maps of a stage have the next one's size
PROJECTION, PATCHES = "patch_embeddings.projection.weight", "embeddings.patch_embeddings.weight"
VIT = ModelType("cls", "tokens", PROJECTION, "hidden_size", (ANY_SIZE,), unpooled=True)
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


def vit_model(size: str, patch: int, image: int, channels: int) -> Json:
    """The config of a ViT, in transformers' words: of 12 blocks, as ViT and DeiT have (Dosovitskiy et al. 2021)."""
    width, heads = VITS[size]
    return {
        "model_type": "vit",
        "hidden_size": width,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
        "num_hidden_layers": 12,
        "patch_size": patch,
        "image_size": image,
        CHANNELS: channels,
    }


def image_model(config: Any, where: str) -> Json:
    """The config of the network for images in a ``config.json`` of transformers, less what the weights do not need.

    Raises:
        ProductError: It is of no type that is supported.
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
    kept = {key: value for key, value in config.items() if key not in PRIVATE and not key.startswith("_")}
    return {**kept, "model_type": kind}
