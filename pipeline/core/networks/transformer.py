"""Networks of transformers as encoders, of a ``model_type`` that is known."""

from typing import Any, Literal, Self

import torch
from transformers import PreTrainedModel
from transformers.initialization import no_init_weights

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.encoder import Colour, Encoder, Outputs
from pipeline.core.networks.framing import framed
from pipeline.core.networks.model_type import CHANNELS, ModelType, Size
from pipeline.core.networks.pretrained_model import network_of

MAPS = 4
STAGES = (4, 8, 16, 32)  # strides in pixels of the maps of all networks of stages
Filter = Literal["bilinear", "bicubic"]


class Transformer(Encoder):
    """A network of transformers that is given images as its own processor makes them.

    Features: of a ViT its first token, CLS, after the last norm, without the pooler of ``ViTModel``, which serves
    another end; of CLIP, SigLIP and networks of stages the ``pooler_output``, for CLIP before the projection to the
    space that it shares with texts.

    Maps of a ViT are those of four evenly spaced blocks, (B, width, y / patch, x / patch) without CLS and registers,
    three as the blocks leave them and the last after the last norm. Those of a network of stages are its stages'.

    Args:
        config: To build it again from.
        kind: Of the network.
        model: Its config.
        mean: Per input channel, of images in [0, 1].
        std: Likewise.
        size: Images are resized to, see :func:`pipeline.core.networks.framing.framed`; None: taken as they are.
        crop: Then cut to.
        resample: By which filter.
    """

    def __init__(
        self,
        config: Json,
        kind: ModelType,
        model: Json,
        mean: Colour,
        std: Colour,
        size: Size | None = None,
        crop: Size | None = None,
        resample: Filter = "bilinear",
    ) -> None:
        made, arguments = network_of({**model, CHANNELS: len(mean)}, **kind.built)
        body: PreTrainedModel = made(**arguments)
        channels = _channels(body.config, kind)
        super().__init__(config, channels[-1], channels, mean, std)
        for name, parameter in body.named_parameters():  # no image is masked, and ranks would wait for a gradient
            parameter.requires_grad_(not name.endswith("mask_token"))
        self.body, self.kind = body, kind
        self.strides = (self._patch(),) * MAPS if kind.maps == "tokens" else STAGES
        self.size, self.crop, self.resample = size and (size[0], size[1]), crop and (crop[0], crop[1]), resample

    @classmethod
    def unset(cls, **arguments: Any) -> Self:
        """Without first weights, which take long to draw, where others are loaded next."""
        with no_init_weights():
            return cls(**arguments)

    def unframed(self) -> Self:
        self.size = self.crop = None
        return self

    def outputs(self, images: torch.Tensor) -> Outputs:
        said, images = self._run(images, output_hidden_states=True)
        if self.kind.maps == "stages":
            stages = said.get("reshaped_hidden_states") or said.hidden_states
            return Outputs(self._features(said), tuple(stages[1:]))  # the first is the stem's
        patch = self._patch()
        y, x = images.shape[2] // patch, images.shape[3] // patch
        blocks = said.hidden_states[1:]
        chosen = [blocks[-(-len(blocks) * part // MAPS) - 1] for part in range(1, MAPS)]
        maps = (t[:, -y * x :].transpose(1, 2).unflatten(2, (y, x)) for t in (*chosen, said.last_hidden_state))
        return Outputs(self._features(said), tuple(maps))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Features (B, features) of images (B, c, y, x) in [0, 1]; keeps no maps, which are many in a large network."""
        said, _ = self._run(images)
        return self._features(said)

    def _run(self, images: torch.Tensor, **asked: bool) -> tuple[Any, torch.Tensor]:
        """What the network says of images, and what it saw."""
        images = self.standardised(framed(images, self.size, self.crop, self.resample))
        self._require_window(min(images.shape[2:]))
        if self.kind.maps == "tokens" and any(side % self._patch() for side in images.shape[2:]):
            raise ProductError(
                f"the encoder takes images of a multiple of {self._patch()} pixels, these have {images.shape[3]}",
                fix="set tile.size to one, or let the encoder's preprocessor_config.json resize them",
            )
        return self.body(images, **asked, **dict.fromkeys(self.kind.asked, True)), images

    def _require_window(self, side: int) -> None:
        """Whether a Swin's last and smallest grid fills a window, for whose pairs of places alone it has biases."""
        window = getattr(self.body.config, "window_size", None)
        if window is None:
            return
        stride = self._patch() << (len(self.channels) - 1)
        if -(-side // stride) < window:
            raise ProductError(
                f"the encoder takes images of {window * stride} pixels or more, these have {side}",
                fix="set tile.size to as many, or let the encoder's preprocessor_config.json resize them",
            )

    def _features(self, said: Any) -> torch.Tensor:
        features: torch.Tensor = said.last_hidden_state[:, 0] if self.kind.features == "cls" else said.pooler_output
        return features.flatten(1)

    def _patch(self) -> int:
        size = self.body.config.patch_size
        return int(size if isinstance(size, int) else size[0])


def _channels(config: Any, kind: ModelType) -> tuple[int, ...]:
    """Of the maps."""
    if kind.maps == "tokens":
        return (config.hidden_size,) * MAPS
    if config.model_type == "swin":
        return tuple(config.embed_dim * 2**stage for stage in range(len(config.depths)))
    return tuple(config.hidden_sizes)
