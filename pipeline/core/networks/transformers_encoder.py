"""What a folder of transformers holds, as an encoder."""

from pipeline.core.files import Json
from pipeline.core.networks.architectures import MODEL_TYPES, image_model
from pipeline.core.networks.encoder import Colour
from pipeline.core.networks.model_type import CHANNELS, Size
from pipeline.core.networks.transformer import Filter, Transformer
from pipeline.core.networks.weights import describe


class TransformersEncoder(Transformer):
    """A network of any of :data:`pipeline.core.networks.architectures.MODEL_TYPES`.

    Args:
        model: Config of the network, see :func:`pipeline.core.networks.architectures.image_model`.
        mean: Per input channel, of images in [0, 1].
        std: Likewise.
        size: Images are resized to; None: taken as they are.
        crop: Then cut to.
        resample: By which filter.
    """

    def __init__(
        self,
        *,
        model: Json,
        mean: Colour,
        std: Colour,
        size: Size | None = None,
        crop: Size | None = None,
        resample: Filter = "bilinear",
    ) -> None:
        model = {**image_model(model, "config"), CHANNELS: len(mean)}
        frame = {"size": list(size) if size else None, "crop": list(crop) if crop else None, "resample": resample}
        config = describe(TransformersEncoder, model=model, mean=list(mean), std=list(std), **frame)
        super().__init__(config, MODEL_TYPES[model["model_type"]], model, mean, std, size, crop, resample)
