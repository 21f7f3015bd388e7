import json

import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.networks.text import TextEncoder, read_text_config, read_text_encoder, small_model
from pipeline.core.networks.weights import export_weights, import_network
from pipeline.core.text.tokens import word_tokenizer

CAPTIONS = ("a tile of tumour", "a pale tile of stroma")
TOKENIZER = word_tokenizer(CAPTIONS)
MODEL = small_model(len(TOKENIZER["model"]["vocab"]), layers=2, width=16, heads=2)


def build(seed=0):
    torch.manual_seed(seed)
    return TextEncoder(model=MODEL, tokenizer=TOKENIZER).eval()


@pytest.fixture
def folder(tmp_path):
    """A text encoder as ``save_pretrained`` writes it, with the head that nothing here asks."""
    from transformers import AutoConfig, AutoModel

    torch.manual_seed(1)
    config = AutoConfig.for_model(**MODEL)
    AutoModel.from_config(config).save_pretrained(tmp_path)
    write_json(tmp_path / "tokenizer.json", TOKENIZER)
    return tmp_path


def test_what_is_padded_does_not_reach_the_sentence():
    encoder = build()
    tokens = encoder.tokens(CAPTIONS)
    assert encoder(tokens).shape == (2, encoder.features) == (2, 16)
    assert torch.allclose(encoder(tokens)[:1], encoder(tokens[:1, :6]), atol=1e-6)
    assert float((encoder(tokens)[0] - encoder(tokens)[1]).abs().max()) > 0.1


def test_the_first_token_stands_for_all_of_them():
    encoder = build()
    encoder.zero_grad()
    encoder(encoder.tokens(CAPTIONS[:1])).square().sum().backward()
    assert all(float(p.grad.abs().max()) > 0 for n, p in encoder.named_parameters() if "key.bias" not in n)


def test_exported_and_imported_it_reads_alike(tmp_path):
    encoder = build()
    export_weights(tmp_path, "text", encoder, encoder.config)
    again = import_network(tmp_path, "text")
    assert torch.equal(again.read(CAPTIONS), encoder.read(CAPTIONS))


def test_a_folder_gives_the_model_it_holds(folder):
    from transformers import AutoModel

    encoder = read_text_encoder(folder).eval()
    tokens = encoder.tokens(CAPTIONS)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    expected = model(input_ids=tokens, attention_mask=(tokens != 0).long()).last_hidden_state[:, 0]
    assert torch.allclose(encoder.read(CAPTIONS), expected, atol=1e-6)
    assert not torch.allclose(encoder.read(CAPTIONS), build().read(CAPTIONS), atol=1e-2)


def test_pickled_weights_are_refused_unread(folder):
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02")
    with pytest.raises(ProductError, match="pickled weights, which could run any code"):
        read_text_config(folder)


def test_a_folder_that_is_not_there_and_one_without_weights(folder, tmp_path):
    with pytest.raises(ProductError, match="no text encoder"):
        read_text_config(tmp_path / "none")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ProductError, match="expected safetensors, found none"):
        read_text_config(folder)


@pytest.mark.parametrize("more", [{"model_type": "gpt2"}, {"auto_map": {"AutoModel": "own.Model"}}])
def test_a_model_that_reads_one_way_or_brings_code_is_refused(folder, more):
    write_json(folder / "config.json", {**read_json(folder / "config.json"), **more})
    with pytest.raises(ProductError, match="reads both ways"):
        read_text_config(folder)


def test_weights_of_another_shape_and_missing_ones_are_told(folder):
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", {**config, "hidden_size": 32})
    with pytest.raises(ProductError, match="weights cannot be read"):
        read_text_encoder(folder)
    write_json(folder / "config.json", {**config, "num_hidden_layers": 3})
    with pytest.raises(ProductError, match=r"weights are missing: encoder.layer.2"):
        read_text_encoder(folder)
