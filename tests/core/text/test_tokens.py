import json

import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.text.tokens import LENGTH, Tokens, read_tokenizer, word_tokenizer

CAPTIONS = ("An H&E tile of tumour", "a tile of stroma, site B")


def test_words_are_numbered_in_the_order_of_the_alphabet_after_the_four_special_ones():
    vocabulary = word_tokenizer(CAPTIONS)["model"]["vocab"]
    words = ["&", ",", "a", "an", "b", "e", "h", "of", "site", "stroma", "tile", "tumour"]
    assert vocabulary == {word: n for n, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}


def test_a_sentence_begins_and_ends_and_is_filled_up():
    tokens = Tokens(word_tokenizer(CAPTIONS), 0)
    found = tokens(["Tile of tumour", "tile of lymphocytes"])
    assert found.shape == (2, LENGTH)
    assert found.dtype == torch.int64
    assert found[0, :6].tolist() == [2, 14, 11, 15, 3, 0]
    assert found[1, :6].tolist() == [2, 14, 11, 1, 3, 0]
    assert int(found[:, 6:].sum()) == 0


def test_a_long_caption_is_cut_before_its_end_mark():
    found = Tokens(word_tokenizer(CAPTIONS), 0)(["tile " * 100])[0]
    assert (len(found), int(found[0]), int(found[-1]), int((found == 14).sum())) == (30, 2, 3, 28)


def test_the_order_of_the_captions_changes_nothing():
    assert json.dumps(word_tokenizer(CAPTIONS)) == json.dumps(word_tokenizer(CAPTIONS[::-1]))


def test_a_folder_without_a_tokeniser_and_one_with_something_else(tmp_path):
    with pytest.raises(ProductError, match="comes without its tokeniser"):
        read_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"words": 3}')
    with pytest.raises(ProductError, match="not a tokeniser"):
        read_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text(json.dumps(word_tokenizer(CAPTIONS)))
    assert read_tokenizer(tmp_path) == word_tokenizer(CAPTIONS)
