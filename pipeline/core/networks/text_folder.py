"""What the files of a text encoder say of it before anything is loaded."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.headers import MATCH, read_all_shapes, require_depths, require_shape
from pipeline.core.networks.pretrained_folder import THEIRS, essential, read_config, weight_files
from pipeline.core.text.tokens import FILE, load_tokenizer, read_tokenizer

WORDS = "embeddings.word_embeddings.weight"
LAYERS = r"()\blayer\.(\d+)\."


class Keys(NamedTuple):
    """How a config calls the numbers that the header of the weights tells, too."""

    width: str = "hidden_size"  # of a word
    layers: str = "num_hidden_layers"


KINDS = {  # model_types whose first token has seen all others
    **dict.fromkeys(("bert", "camembert", "mpnet", "roberta"), Keys()),
    "distilbert": Keys("dim", "n_layers"),
    "electra": Keys("embedding_size"),
}


@dataclass(frozen=True)
class TextFolder:
    """Files of a text encoder and what they say.

    Args:
        config: What the network is built from.
        model: Its content, less what the weights do not need.
        tokenizer: Content of the ``tokenizer.json``.
        weights: In one file or in several.
    """

    config: Path
    model: Json
    tokenizer: Json
    weights: tuple[Path, ...]


def inspect_text(folder: Path) -> TextFolder:
    """Reads the JSON files and the headers of the weights alone.

    Raises:
        ProductError: There is no such folder, it holds a model of another kind, its weights are pickled, cut or, as far
            as words and layers tell, of another network, or its tokeniser is missing or knows other words.
    """
    path = folder / THEIRS
    if not path.is_file():
        fix = "copy the folder of a text encoder there; nothing is downloaded"
        raise ProductError("no text encoder", where=str(path), fix=fix)
    config = read_config(path)
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in KINDS or "auto_map" in config:
        raise ProductError(
            f"expected a text encoder of a kind that reads both ways, found {kind!r}",
            where=str(path),
            fix=f"use one of: {', '.join(KINDS)}",
        )
    weights, tokenizer = weight_files(folder), read_tokenizer(folder)
    _check_words(config, tokenizer, _words(config, KINDS[kind], weights), folder)
    return TextFolder(path, essential(config), tokenizer, weights)


def _words(config: Json, keys: Keys, weights: tuple[Path, ...]) -> int:
    """How many words the weights know, of the width and number of layers of the config."""
    shapes = read_all_shapes(weights)
    tensor = next((key for key in shapes if key.endswith(WORDS)), WORDS)
    found = shapes.get(tensor, ())
    words, width = (config.get(key, has) for key, has in zip(("vocab_size", keys.width), (*found, 0, 0), strict=False))
    require_shape(tensor, (words, width), shapes, weights[0])
    layers = config.get(keys.layers)
    require_depths(LAYERS, None if layers is None else [layers], shapes, weights[0])
    return shapes[tensor][0]


def _check_words(config: Json, tokenizer: Json, words: int, folder: Path) -> None:
    """Whether the network knows every token that the tokeniser can give, and the one that fills up."""
    last = max(load_tokenizer(tokenizer).get_vocab().values(), default=0)
    if last >= words:
        text = f"the tokeniser has tokens up to number {last}, the network knows {words}"
        fix = "put the tokeniser beside the network that it was saved with"
        raise ProductError(text, where=str(folder / FILE), fix=fix)
    pad = config.get("pad_token_id", 0)
    if not isinstance(pad, int) or not 0 <= pad < words:
        text = f"expected the number of the token that fills up, below {words}, found {pad!r}"
        raise ProductError(text, where=f"{folder / THEIRS}: pad_token_id", fix=MATCH)
