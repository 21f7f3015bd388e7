"""Encoders of a folder that ``save_pretrained`` of transformers wrote."""

from pathlib import Path

from pipeline.core.networks.architectures import image_model
from pipeline.core.networks.headers import MATCH
from pipeline.core.networks.inspection import inspect_place
from pipeline.core.networks.model_type import CHANNELS
from pipeline.core.networks.place import find_place
from pipeline.core.networks.preprocessor import preprocessing, processor_of
from pipeline.core.networks.pretrained_folder import read_config
from pipeline.core.networks.pretrained_model import read_weights
from pipeline.core.networks.transformers_encoder import TransformersEncoder
from pipeline.core.networks.weights import buildable


def read_folder(folder: Path) -> TransformersEncoder:
    """The encoder of a folder with ``config.json`` and ``model.safetensors``, or its parts and their index.

    Images are made as its processor's file says: a tile is resized as a whole, for most models to 224 pixels,
    cut to its centre where that says so, and normalised. Without one they are taken as they are, to [-1, 1].
    Half-precision weights become float32. Nothing but JSON and safetensors is read, and nothing from elsewhere.

    Raises:
        ProductError: As :func:`pipeline.core.networks.inspection.inspect_place`, no network can be built of the
            config, or any tensor is missing or misshapen.
    """
    inspect_place(folder)
    place = find_place(folder)
    model = image_model(read_config(place.config), str(place.config))
    processor, said = processor_of(place.config.parent)
    framing = preprocessing(said, model.get(CHANNELS, 3), processor)
    with buildable(str(place.config), MATCH):
        encoder = TransformersEncoder.unset(model=model, **framing._asdict())
    read_weights(encoder.body, place.config.parent, place.weights[0], **encoder.kind.built)
    return encoder
