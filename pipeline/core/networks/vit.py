"""Vision transformers to train from scratch."""

from typing import Literal

from pipeline.core.networks.encoder import Colour
from pipeline.core.networks.model_type import IMAGE, VIT, vit_model
from pipeline.core.networks.transformer import Transformer
from pipeline.core.networks.weights import describe


class ViTEncoder(Transformer):
    """ViT-Ti, -S or -B (Dosovitskiy et al. 2021, Touvron et al. 2021): its features are CLS after the last norm.

    First weights are drawn by torch's generator. It takes tiles of any size that is a multiple of a patch.

    Args:
        size: ``tiny``, ``small`` or ``base``: 192, 384 or 768 channels.
        patch: Side of a patch in pixels.
        mean: Per input channel, of the training tiles in [0, 1].
        std: Likewise.
        image: Side in pixels of the tiles that it has positions for; for others they are interpolated.
    """

    def __init__(
        self,
        *,
        size: Literal["tiny", "small", "base"],
        patch: int,
        mean: Colour,
        std: Colour,
        image: int = IMAGE,
    ) -> None:
        config = describe(ViTEncoder, size=size, patch=patch, mean=list(mean), std=list(std), image=image)
        super().__init__(config, VIT, vit_model(size, patch, image, len(mean)), mean, std)
