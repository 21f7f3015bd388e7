"""Encoders of a folder that ``save_pretrained`` of transformers wrote."""

from pathlib import Path

import torch
from transformers.utils import logging

from pipeline.core.networks.architectures import CHANNELS, image_model
from pipeline.core.networks.headers import misfit
from pipeline.core.networks.place import find_place, inspect_place, read_config
from pipeline.core.networks.preprocessor import FILE, preprocessing
from pipeline.core.networks.transformers_encoder import TransformersEncoder, network_of


def read_folder(folder: Path) -> TransformersEncoder:
    """The encoder of a folder with ``config.json`` and ``model.safetensors``, or its parts and their index.

    Images are made as ``preprocessor_config.json`` says: a tile is resized as a whole, for most models to 224 pixels,
    cut to its centre where that says so, and normalised. Without one they are taken as they are, to [-1, 1].
    Half-precision weights become float32. Nothing but JSON and safetensors is read, and nothing from elsewhere.

    Raises:
        ProductError: As :func:`pipeline.core.networks.place.inspect_place`, or any tensor is missing or misshapen.
    """
    inspect_place(folder)
    place = find_place(folder)
    model = image_model(read_config(place.config), str(place.config))
    processor = place.config.with_name(FILE)
    said = read_config(processor) if processor.is_file() else None
    framing = preprocessing(said, int(model.get(CHANNELS, 3)), processor)
    encoder = TransformersEncoder.unset(model=model, **framing._asdict())
    kind, arguments = network_of(model)
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    body, told = kind.from_pretrained(
        place.config.parent,
        **arguments,
        dtype=torch.float32,
        local_files_only=True,
        use_safetensors=True,
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # told, and so an error of ours
    )
    for tensor, found, expected in sorted(told["mismatched_keys"]):
        raise misfit(tensor, tuple(expected), tuple(found), place.weights[0])
    for tensor in sorted(told["missing_keys"]):
        raise misfit(tensor, tuple(encoder.body.state_dict()[tensor].shape), None, place.weights[0])
    encoder.body.load_state_dict(body.state_dict())  # copied: memory of a file lies otherwise, and last bits differ
    return encoder
