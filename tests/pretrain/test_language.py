import json
import math

import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.files import write_json
from pipeline.core.networks.language import load_language
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.networks.text import small_model
from pipeline.core.networks.weights import export_weights
from pipeline.core.text.tokens import word_tokenizer
from pipeline.pretrain.clip import CLIP
from pipeline.pretrain.clip_lite import CLIPLite
from pipeline.pretrain.language import language_of
from pipeline.pretrain.objective import Settings

from .conftest import SETTINGS

CAPTIONS = ("a tile of fat", "a tile of stroma", "a tile of tumour")
SMALL = {"width": 8, "text": None, "layers": 1, "text_width": 16, "heads": 2}
COLOUR = {"mean": (0.5,) * 3, "std": (0.25,) * 3}
BATCH = 6


WEIGHTS = {"momentum": 0.9, "weight_decay": 1e-4}


def build(kind=CLIPLite, optimizer="adam", optimizer_options=None, **more):
    torch.manual_seed(0)
    encoder = ResNetEncoder(depth=18, width=4, **COLOUR)
    language = language_of(encoder.features, CAPTIONS, **SMALL)
    settings = Settings(**{**SETTINGS, "optimizer": optimizer, "optimizer_options": optimizer_options or {}})
    return kind(encoder, settings, language=language, captions=language.text.tokens(CAPTIONS), **more)


@pytest.fixture
def batch():
    rng = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (BATCH, 16, 16, 3), generator=rng, dtype=torch.uint8)
    return {"image": images, "caption": torch.tensor([[0, 1], [1, 2], [2, 2], [2, 0], [0, 0], [1, 1]])}


@pytest.mark.parametrize("kind", [CLIP, CLIPLite])
def test_every_part_learns_and_so_does_the_temperature(kind, batch):
    learner = build(kind)
    learner(batch, "model")["total"].backward()
    idle = [name for name, p in learner.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    assert [name for name in idle if "key.bias" not in name] == []


@pytest.mark.parametrize(("kind", "share"), [(CLIP, 3 / 15), (CLIPLite, 1 / 6)])
def test_how_many_pairs_are_masked_is_told(kind, share, batch):
    losses = build(kind)(batch, "model")  # captions 0 1 2 2 0 1: three equal pairs of 15, one of six neighbours
    assert float(losses["masked"]) == pytest.approx(share)


def test_captions_take_turns_with_the_steps(batch):
    learner = build()
    assert learner.turn(batch["caption"]).tolist() == [0, 1, 2, 2, 0, 1]
    learner.after_step(1)
    assert learner.turn(batch["caption"]).tolist() == [1, 2, 2, 0, 0, 1]
    learner.after_step(2)
    assert learner.turn(batch["caption"]).tolist() == [0, 1, 2, 2, 0, 1]
    assert "step" in learner.state_dict()  # so that a resumed run goes on with the caption whose turn it is


def test_every_caption_of_a_batch_is_read_once(batch):
    learner, seen = build(), []
    learner.language.text.register_forward_hook(lambda module, given, out: seen.append(len(given[0])))
    learner(batch, "model")
    assert seen == [3]


@pytest.mark.parametrize("kind", [CLIP, CLIPLite])
def test_the_loss_is_in_full_precision_under_autocast(kind, batch):
    learner, seen = build(kind), []
    compare = learner.compare
    learner.compare = lambda *given: seen.extend(x.dtype for x in given[:2]) or compare(*given)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        total = learner(batch, "model")["total"]
    assert seen == [torch.float32] * 2
    assert total.dtype == torch.float32


def test_the_scale_begins_at_one_by_seven_hundredths_and_is_bounded():
    language = build().language
    assert float(language.log_scale.detach()) == pytest.approx(math.log(1 / 0.07), abs=1e-6)
    assert float(language.scale.detach()) == pytest.approx(14.2857, abs=1e-4)
    language.log_scale.data.fill_(50.0)
    assert float(language.scale.detach()) == 100


@pytest.mark.parametrize("optimizer", [{"optimizer": "adam"}, {"optimizer": "lars", "optimizer_options": WEIGHTS}])
def test_the_text_encoder_has_a_rate_of_its_own(optimizer):
    learner = build(text_rate=0.1, **optimizer)
    text = {id(parameter) for parameter in learner.language.text.parameters()}
    groups = learner.optimizers()["model"].param_groups
    rates = {(id(p) in text, round(group["lr"] / SETTINGS["lr"], 9)) for group in groups for p in group["params"]}
    assert rates == {(False, 1.0), (True, 0.1)}
    assert sum(len(group["params"]) for group in groups) == len(list(learner.parameters()))


def test_the_prior_is_off_unless_asked_for(batch):
    assert not build().priors
    losses = build(prior=0.1)(batch, "model")
    expected = 0.9 * losses["clip_lite"] + 0.1 * losses["prior"]
    assert float(losses["total"].detach()) == pytest.approx(float(expected.detach()), rel=1e-6)


def test_what_is_exported_reads_sentences_and_places_images_alike(tmp_path):
    learner = build().eval()
    exports = learner.exports()
    assert sorted(exports) == ["encoder", "text"]
    network, config = exports["text"]
    json.dumps(config)
    export_weights(tmp_path, "text", network, config)
    again = load_language(tmp_path)
    features = torch.randn(3, learner.encoder.features)
    assert np.array_equal(again.vectors(CAPTIONS), learner.language.vectors(CAPTIONS))
    assert torch.equal(again.images(features), learner.language.images(features))
    with pytest.raises(ProductError, match="no exported network"):
        load_language(tmp_path / "none")


def test_the_same_seed_gives_the_same_text_encoder_of_whatever_captions_come_first():
    torch.manual_seed(3)
    one = language_of(8, CAPTIONS, **SMALL)
    torch.manual_seed(3)
    other = language_of(8, CAPTIONS[::-1], **SMALL)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_a_folder_brings_its_weights_and_its_words(tmp_path):
    from transformers import AutoConfig, AutoModel

    tokenizer = word_tokenizer(["anything at all"])
    torch.manual_seed(5)
    config = AutoConfig.for_model(**small_model(7, layers=1, width=24, heads=2))
    model = AutoModel.from_config(config)
    model.save_pretrained(tmp_path)
    write_json(tmp_path / "tokenizer.json", tokenizer)
    language = language_of(8, CAPTIONS, **{**SMALL, "text": str(tmp_path)})
    own, given = language.text.model.state_dict(), model.state_dict()
    assert all(torch.equal(own[key], given[key]) for key in own)
    assert language.config["arguments"]["tokenizer"] == tokenizer
    assert (language.text.features, language.text_projection.shortcut.in_features) == (24, 24)
