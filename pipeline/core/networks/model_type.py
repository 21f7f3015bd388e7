"""What a ``model_type`` of transformers is to an encoder, and the one of them that is trained from scratch."""

from dataclasses import dataclass
from typing import Literal

from pipeline.core.files import Json

VITS = {"tiny": (192, 3), "small": (384, 6), "base": (768, 12)}  # size: channels, heads
IMAGE = 224  # pixels that a ViT has its positions for
CHANNELS = "num_channels"
Size = tuple[int, int]  # of an image, y and x


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

    @property
    def built(self) -> dict[str, bool]:
        """Options of its class."""
        return {"add_pooling_layer": False} if self.unpooled else {}

    def depths(self, model: Json) -> list[int] | None:
        """Blocks per stage, where the config says it."""
        depth = model.get("num_hidden_layers") if self.maps == "tokens" else model.get("depths")
        return [depth] if isinstance(depth, int) else depth


ANY_SIZE = "interpolate_pos_encoding"
PROJECTION = "patch_embeddings.projection.weight"
VIT = ModelType("cls", "tokens", PROJECTION, "hidden_size", (ANY_SIZE,), unpooled=True)


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
