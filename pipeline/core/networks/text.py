"""The text encoder: a transformer that reads both ways, of which the first token stands for the sentence."""

from pathlib import Path

import torch
from torch import nn
from transformers import PreTrainedModel

from pipeline.core.files import Json
from pipeline.core.networks.headers import MATCH
from pipeline.core.networks.pretrained_folder import essential
from pipeline.core.networks.pretrained_model import network_of, read_weights
from pipeline.core.networks.text_folder import inspect_text
from pipeline.core.networks.weights import buildable, describe
from pipeline.core.text.tokens import LENGTH, Tokens

MLP = 4  # its hidden units, by the width


class TextEncoder(nn.Module):
    """A BERT-like transformer with its tokeniser (Devlin et al. 2019).

    Args:
        model: Config of a model of ``transformers``, its ``model_type`` one of
            :data:`pipeline.core.networks.text_folder.KINDS`.
        tokenizer: Content of a ``tokenizer.json``.
    """

    def __init__(self, *, model: Json, tokenizer: Json) -> None:
        super().__init__()
        model = essential(model)
        self.config = describe(TextEncoder, model=model, tokenizer=tokenizer)
        kind, arguments = network_of(model)
        self.model: PreTrainedModel = kind(**arguments)
        self.model.register_module("pooler", None)  # a head that nothing here asks
        self.features: int = self.model.config.hidden_size
        self.tokens = Tokens(tokenizer, self.model.config.pad_token_id)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Features (B, features) of the first of the tokens int64 (B, LENGTH)."""
        found: torch.Tensor = self.model(input_ids=tokens, attention_mask=(tokens != self.tokens.pad).long())[0]
        return found[:, 0]


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
        ProductError: As :func:`pipeline.core.networks.text_folder.inspect_text`, no network can be built of the config,
            or any tensor is missing or misshapen.
    """
    found = inspect_text(folder)
    with buildable(str(found.config), MATCH):
        encoder = TextEncoder(model=found.model, tokenizer=found.tokenizer)
    read_weights(encoder.model, folder, found.weights[0])
    return encoder
