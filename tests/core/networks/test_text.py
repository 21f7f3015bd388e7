import pytest
import torch
from safetensors.torch import load_file, save_file

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.networks.text import TextEncoder, read_text_encoder, small_model
from pipeline.core.networks.text_folder import KINDS, inspect_text
from pipeline.core.networks.weights import export_weights, import_network
from pipeline.core.text.tokens import word_tokenizer

from .conftest import HOSTILE

CAPTIONS = ("a tile of tumour", "a pale tile of stroma")
TOKENIZER = word_tokenizer(CAPTIONS)
MODEL = small_model(len(TOKENIZER["model"]["vocab"]), layers=2, width=16, heads=2)


def build(seed=0):
    torch.manual_seed(seed)
    return TextEncoder(model=MODEL, tokenizer=TOKENIZER).eval()


def read(encoder):
    return encoder(encoder.tokens(CAPTIONS))


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
    assert torch.equal(read(again), read(encoder))


def test_a_folder_gives_the_model_it_holds(folder):
    from transformers import AutoModel

    encoder = read_text_encoder(folder).eval()
    tokens = encoder.tokens(CAPTIONS)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    expected = model(input_ids=tokens, attention_mask=(tokens != 0).long()).last_hidden_state[:, 0]
    assert torch.allclose(read(encoder), expected, atol=1e-6)
    assert not torch.allclose(read(encoder), read(build()), atol=1e-2)


def test_pickled_weights_are_refused_unread(folder):
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02")
    with pytest.raises(ProductError, match="pickled weights, which can run any code"):
        inspect_text(folder)


def test_a_folder_that_is_not_there_and_one_without_weights(folder, tmp_path):
    with pytest.raises(ProductError, match="no text encoder"):
        inspect_text(tmp_path / "none")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ProductError, match="no weights"):
        inspect_text(folder)


@pytest.mark.parametrize("more", [{"model_type": "gpt2"}, {"auto_map": {"AutoModel": "own.Model"}}])
def test_a_model_that_reads_one_way_or_brings_code_is_refused(folder, more):
    write_json(folder / "config.json", {**read_json(folder / "config.json"), **more})
    with pytest.raises(ProductError, match="reads both ways"):
        inspect_text(folder)


@pytest.mark.parametrize("load", [inspect_text, read_text_encoder])
class TestMistakes:
    """What the files alone tell is told before anything is loaded, and by whoever loads it."""

    def check(self, load, folder, match, where):
        with pytest.raises(ProductError, match=match) as error:
            load(folder)
        assert error.value.where == str(folder / where)
        assert error.value.fix
        assert "run again" not in error.value.fix

    @pytest.mark.parametrize(
        ("changed", "match"),
        [
            ({"hidden_size": 32}, r"word_embeddings.weight': expected \[10, 32\], found \[10, 16\]"),
            ({"vocab_size": 13}, r"word_embeddings.weight': expected \[13, 16\], found \[10, 16\]"),
            ({"num_hidden_layers": 3}, r"expected blocks \[3\], found \[2\]"),
        ],
    )
    def test_weights_of_another_network(self, load, folder, changed, match):
        write_json(folder / "config.json", {**read_json(folder / "config.json"), **changed})
        self.check(load, folder, match, "model.safetensors")

    def test_pickled_weights_by_another_name(self, load, folder):
        torch.save({}, folder / "model.safetensors")
        self.check(load, folder, "pickled weights", "model.safetensors")

    @pytest.mark.parametrize(
        ("content", "match"), [("[1]", "expected a JSON object, found list"), ('{"model_type": "be', "not JSON")]
    )
    def test_a_config_that_is_none(self, load, folder, content, match):
        (folder / "config.json").write_text(content)
        self.check(load, folder, match, "config.json")

    @pytest.mark.parametrize("content", ["[1]", '{"model": {'])
    def test_a_tokeniser_that_is_none(self, load, folder, content):
        (folder / "tokenizer.json").write_text(content)
        with pytest.raises(ProductError) as error:
            load(folder)
        assert (error.value.where, error.value.fix) == (str(folder / "tokenizer.json"), "save the tokeniser again")

    def test_a_tokeniser_of_more_words(self, load, folder):
        write_json(folder / "tokenizer.json", word_tokenizer([*CAPTIONS, "others"]))
        match = "the tokeniser has tokens up to number 10, the network knows 10"
        self.check(load, folder, match, "tokenizer.json")

    @pytest.mark.parametrize("pad", [None, 10, -1])
    def test_no_token_that_fills_up(self, load, folder, pad):
        write_json(folder / "config.json", {**read_json(folder / "config.json"), "pad_token_id": pad})
        self.check(load, folder, f"the token that fills up, below 10, found {pad}", "config.json: pad_token_id")


def test_a_missing_tensor_is_told_on_loading(folder):
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.bias"]
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(ProductError, match=r"'encoder.layer.1.output.dense.bias': expected \[16\], found none"):
        read_text_encoder(folder)


def test_a_network_that_cannot_be_built_is_told(folder):
    write_json(folder / "config.json", {**read_json(folder / "config.json"), "hidden_act": "none"})
    with pytest.raises(ProductError, match="no network can be built of the config: KeyError") as error:
        read_text_encoder(folder)
    assert error.value.where == str(folder / "config.json")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read(tmp_path, kind):
    from transformers import MODEL_MAPPING, AutoConfig

    small = {key: value for key, value in MODEL.items() if key not in ("model_type", "initializer_range")}
    config = AutoConfig.for_model(kind, **{**small, "max_position_embeddings": 40})
    MODEL_MAPPING[type(config)](config).save_pretrained(tmp_path)
    write_json(tmp_path / "tokenizer.json", TOKENIZER)
    assert read(read_text_encoder(tmp_path)).shape == (2, 16)
    changed = {KINDS[kind].layers: 3}
    write_json(tmp_path / "config.json", {**read_json(tmp_path / "config.json"), **changed})
    with pytest.raises(ProductError, match=r"expected blocks \[3\], found \[2\]"):
        inspect_text(tmp_path)


@pytest.mark.parametrize("key", HOSTILE)
def test_nothing_is_fetched_that_a_config_names(folder, tmp_path, key):
    plain = read(read_text_encoder(folder))
    write_json(folder / "config.json", {**read_json(folder / "config.json"), key: HOSTILE[key]})
    encoder = read_text_encoder(folder)
    assert torch.equal(read(encoder), plain)
    assert key not in encoder.config["arguments"]["model"]
    model = {**encoder.config["arguments"]["model"], key: HOSTILE[key]}
    config = {**encoder.config, "arguments": {"model": model, "tokenizer": TOKENIZER}}
    export_weights(tmp_path / "own", "text", encoder, config)
    assert torch.equal(read(import_network(tmp_path / "own", "text")), plain)
