"""Tokens: captions as the numbers that a text encoder reads."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from pipeline.core.errors import ProductError
from pipeline.core.files import Json

LENGTH = 30  # tokens of a caption, the first and the last of all included
PAD, UNKNOWN, FIRST, LAST = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
FILE = "tokenizer.json"


class Tokens:
    """A tokeniser.

    Args:
        content: Of a ``tokenizer.json``.
        pad: The number of the token that fills what is shorter than LENGTH.
    """

    def __init__(self, content: Json, pad: int) -> None:
        self.content, self.pad = content, pad
        self._tokenizer = load_tokenizer(content)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LENGTH)

    def __call__(self, captions: Sequence[str]) -> torch.Tensor:
        """int64 (caption, LENGTH), what is longer is cut."""
        found = torch.full((len(captions), LENGTH), self.pad)
        for row, encoding in zip(found, self._tokenizer.encode_batch(list(captions)), strict=True):
            row[: len(encoding.ids)] = torch.tensor(encoding.ids)
        return found

    def __len__(self) -> int:
        return int(self._tokenizer.get_vocab_size())


def word_tokenizer(captions: Iterable[str]) -> Json:
    """The ``tokenizer.json`` of the words of some captions, in lower case and in the order of the alphabet.

    Every sentence begins with FIRST, which stands for it in a text encoder; a word that is not among them is UNKNOWN.
    """
    lower, split = Lowercase(), Whitespace()
    words = {word for text in captions for word, _ in split.pre_tokenize_str(lower.normalize_str(text))}
    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *sorted(words)])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.normalizer, tokenizer.pre_tokenizer = lower, split
    ends = [(token, vocabulary[token]) for token in (FIRST, LAST)]
    tokenizer.post_processor = TemplateProcessing(single=f"{FIRST} $A {LAST}", special_tokens=ends)
    content: Json = _json(tokenizer)
    return content


def read_tokenizer(folder: Path) -> Json:
    """The content of a folder's ``tokenizer.json``.

    Raises:
        ProductError: There is none, or it is no tokeniser.
    """
    path = folder / FILE
    if not path.is_file():
        raise ProductError(
            "the text encoder comes without its tokeniser",
            where=str(path),
            fix="save it there: tokenizer.save_pretrained(folder), of a fast tokeniser",
        )
    try:
        content: Json = json.loads(path.read_text())
        load_tokenizer(content)
    except ValueError as error:
        raise ProductError(str(error), where=str(path), fix="save the tokeniser again") from None
    return content


def load_tokenizer(content: Json) -> Tokenizer:
    """A tokeniser of the content of a ``tokenizer.json``; raises ValueError where it is none."""
    try:
        return Tokenizer.from_str(json.dumps(content))
    except Exception as error:  # the library has no kind of its own
        raise ValueError(f"not a tokeniser: {error}") from None


def _json(tokenizer: Tokenizer) -> Json:
    found: Json = json.loads(tokenizer.to_str())
    return found
