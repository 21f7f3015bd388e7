"""Networks of transformers: built of configs, and their weights read from folders."""

from pathlib import Path
from typing import Any

import torch
from transformers import MODEL_MAPPING, AutoConfig, PreTrainedModel
from transformers.utils import logging

from pipeline.core.files import Json
from pipeline.core.networks.headers import misfit


def network_of(model: Json, **options: Any) -> tuple[type[PreTrainedModel], dict[str, Any]]:
    """The class of a network and what it is made of; made, its weights are drawn by torch's generator.

    Attention is always computed by code that is installed, never by a kernel to be fetched.

    Args:
        model: Config, see :func:`pipeline.core.networks.pretrained_folder.essential`.
        options: For the class, beside the config.
    """
    config = AutoConfig.for_model(**model)
    kind: Any = MODEL_MAPPING[type(config)]
    config._attn_implementation = "sdpa" if kind._supports_sdpa else "eager"
    return kind, {"config": config, **options}


def read_weights(body: PreTrainedModel, folder: Path, weights: Path, **options: Any) -> None:
    """Gives a network the weights of its folder, in single precision; nothing but JSON and safetensors is read.

    Args:
        body: As :func:`network_of` builds it.
        folder: What ``save_pretrained`` wrote.
        weights: Their first file, for the error.
        options: Of the network's class, beside the config.

    Raises:
        ProductError: A tensor is missing or misshapen.
    """
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    kind: Any = type(body)
    found, told = kind.from_pretrained(
        folder,
        config=body.config,
        **options,
        dtype=torch.float32,
        local_files_only=True,
        use_safetensors=True,
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # told, and so an error of ours
    )
    expected = body.state_dict()
    for tensor, has, wanted in sorted(told["mismatched_keys"]):
        if tensor in expected:
            raise misfit(tensor, tuple(wanted), tuple(has), weights)
    for tensor in sorted(told["missing_keys"]):
        if tensor in expected:
            raise misfit(tensor, tuple(expected[tensor].shape), None, weights)
    kept = {key: value for key, value in found.state_dict().items() if key in expected}
    body.load_state_dict(kept)  # copied: memory of a file lies otherwise, and last bits differ
