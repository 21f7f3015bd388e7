"""The text encoder: a transformer that reads both ways, of which the first token stands for the sentence."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.files import Json, read_json
from pipeline.core.networks.weights import describe
from pipeline.core.text.tokens import LENGTH, Tokens, read_tokenizer

KINDS = ("bert", "camembert", "distilbert", "electra", "mpnet", "roberta")  # whose first token has seen all others
SAVED = ("transformers_version", "architectures", "dtype", "torch_dtype")  # how a config was saved, not what it is
MLP = 4  # its hidden units, by the width


class TextEncoder(nn.Module):
    """A BERT-like transformer with its tokeniser (Devlin et al. 2019).

    Args:
        model: Config of a model of ``transformers``, its ``model_type`` one of KINDS.
        tokenizer: Content of a ``tokenizer.json``.
    """

    def __init__(self, *, model: Json, tokenizer: Json) -> None:
        super().__init__()
        self.config = describe(TextEncoder, model=model, tokenizer=tokenizer)
        built = _build(model)
        self.model: nn.Module = built
        self.features: int = built.config.hidden_size
        self.tokens = Tokens(tokenizer, built.config.pad_token_id)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Features (B, features) of the first of the tokens int64 (B, LENGTH)."""
        found: torch.Tensor = self.model(input_ids=tokens, attention_mask=(tokens != self.tokens.pad).long())[0]
        return found[:, 0]

    def read(self, captions: Sequence[str]) -> torch.Tensor:
        """Features (caption, features) of sentences."""
        features: torch.Tensor = self(self.tokens(captions).to(next(self.parameters()).device))
        return features


def small_model(words: int, *, layers: int, width: int, heads: int) -> Json:
    """The config of a BERT of any size, without dropout: of templates there are too few sentences to vary.

    Its weights are drawn with the deviation width ** -0.5: with 0.02, that of BERT's 768 numbers, the first token of a
    small one would hardly depend on the others.

    Args:
        words: Of the tokeniser, whose token 0 fills up.
        layers: Of the transformer.
        width: Of its features, a multiple of ``heads``.
        heads: Of the attention.
    """
    return {
        "model_type": "bert",
        "vocab_size": words,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": MLP * width,
        "max_position_embeddings": LENGTH,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "initializer_range": round(width**-0.5, 6),
        "pad_token_id": 0,
    }


def read_text_encoder(folder: Path) -> TextEncoder:
    """The text encoder of a folder that ``save_pretrained`` of model and tokeniser wrote.

    Raises:
        ProductError: The folder, its tokeniser or its weights are missing, pickled or of another network.
    """
    config = read_text_config(folder)
    encoder = TextEncoder(model=config, tokenizer=read_tokenizer(folder))
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        found, said = AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True, dtype=torch.float32
        )
    except (OSError, RuntimeError, ValueError) as error:
        told = str(error).strip().splitlines()[0]
        fix = "save model and config again: model.save_pretrained(folder)"
        raise ProductError(f"the weights cannot be read: {told}", where=str(folder), fix=fix) from None
    lacking = sorted(key for key in said["missing_keys"] if not key.startswith("pooler."))
    if lacking:
        fix = "save the model with its config: model.save_pretrained(folder)"
        raise ProductError(f"weights are missing: {', '.join(lacking[:3])}", where=str(folder), fix=fix)
    found.pooler = None
    encoder.model.load_state_dict(found.state_dict())
    return encoder


def read_text_config(folder: Path) -> Json:
    """The config of such a folder, read without loading any weights.

    Raises:
        ProductError: There is no such folder, it holds pickled weights alone, or a model of another kind.
    """
    path = folder / "config.json"
    if not path.is_file():
        fix = "copy the folder of a text encoder there; nothing is downloaded"
        raise ProductError("no text encoder", where=str(path), fix=fix)
    config = read_json(path)
    kind = config.get("model_type")
    if kind not in KINDS or "auto_map" in config:
        raise ProductError(
            f"expected a text encoder of a kind that reads both ways, found {kind!r}",
            where=str(path),
            fix=f"use one of: {', '.join(KINDS)}",
        )
    if not list(folder.glob("*.safetensors")):
        pickled = sorted(file.name for file in folder.iterdir() if file.suffix in (".bin", ".pt", ".pth", ".ckpt"))
        found = f"pickled weights, which could run any code when loaded: {', '.join(pickled)}" if pickled else "none"
        fix = "save its weights as safetensors, where you trust them: model.save_pretrained(folder)"
        raise ProductError(f"expected safetensors, found {found}", where=str(folder), fix=fix)
    read_tokenizer(folder)
    return {key: value for key, value in config.items() if key not in SAVED}


def _build(config: Json) -> Any:
    """The network of a config, with random weights, without the head that nothing here asks."""
    from transformers import AutoConfig, AutoModel

    own = {key: value for key, value in config.items() if key != "model_type"}
    full = AutoConfig.for_model(config["model_type"], **own)
    model = AutoModel.from_config(full, dtype=torch.float32)  # type: ignore[no-untyped-call]
    if hasattr(model, "pooler"):
        model.pooler = None
    return model
