from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from pipeline.core.measures.pools import load_scores
from pipeline.core.networks.encoder import load_encoder
from pipeline.core.networks.language import Language
from pipeline.core.networks.text import small_model
from pipeline.core.networks.weights import export_weights
from pipeline.core.text.tokens import word_tokenizer
from pipeline.evaluate.encoder_score import score_encoder
from pipeline.evaluate.summary import summarize
from tests.evaluate.conftest import SEEDS, make_job, write_manifest

CLASSES = {"templates": ["a tile of {label}"], "partial": False}
SITE = {"templates": ["a tile from site {word}"], "words": ["A", "C"]}
ASKED = {"captions": CLASSES, "prompts": ["a tile of {label}"], "concepts": {"site": SITE}}
WORDS = ("a tile of stroma", "a tile of tumour", "a tile from site A", "a tile from site C")


@pytest.fixture
def told(study):
    """The arm ``base`` with a text encoder, untrained, beside each of its encoders."""

    def write(words=WORDS):
        tokenizer = word_tokenizer(words)
        model = small_model(len(tokenizer["model"]["vocab"]), layers=1, width=16, heads=2)
        for seed in SEEDS:
            folder = Path(f"models/encoders/base/{seed}")
            torch.manual_seed(int(seed))
            features = load_encoder(folder).features
            language = Language(features=features, width=8, model=model, tokenizer=tokenizer)
            export_weights(folder, "text", language, language.config)
        return make_job("encoders", "base", language=ASKED)

    return write


def test_what_an_arm_says_in_sentences_stands_beside_its_probes(told):
    manifest = score_encoder(told())
    found = [(r.task, r.domain, r.name, r.pool, r.patients, r.n) for r in manifest.records if r.seed == 1]
    asked = [f for f in found if f[2] not in ("linear", "knn", "few", "permuted", "linear_colour", "few_colour")]
    assert asked == [
        ("retrieval", "in_domain", "image_to_text", "Means", 2, 16),
        ("retrieval", "in_domain", "text_to_image", "Together", 2, 16),
        ("retrieval", "unseen_site", "image_to_text", "Means", 1, 8),
        ("retrieval", "unseen_site", "text_to_image", "Together", 1, 8),
        ("tissue", "in_domain", "grounding", "Means", 2, 16),
        ("tissue", "unseen_site", "grounding", "Means", 1, 8),
        *(("tissue", "in_domain", name, "Chances", 2, 16) for name in ("language", "without_site", "zero_shot")),
        *(("tissue", "unseen_site", name, "Chances", 1, 8) for name in ("language", "without_site", "zero_shot")),
    ]


def test_every_score_is_one_of_patients(told):
    scores = {(s.task, s.domain, s.name, s.seed): s for s in load_scores(score_encoder(told()))}
    retrieval = scores["retrieval", "in_domain", "image_to_text", 0].pool.values(np.ones((1, 2)))
    assert list(retrieval) == ["R@1", "R@5", "R@10"]
    assert 0 <= retrieval["R@1"][0] <= 1
    assert np.isnan(retrieval["R@5"][0])  # there are two captions
    pointed = scores["tissue", "in_domain", "grounding", 0].pool.values(np.ones((1, 2)))
    assert list(pointed) == ["pointing", "mass"]
    zero_shot = scores["tissue", "in_domain", "zero_shot", 0].pool
    assert zero_shot.chances.sum(2) == pytest.approx(1)
    assert scores["tissue", "in_domain", "zero_shot", 0].paired == scores["tissue", "in_domain", "linear", 0].paired


def test_both_seeds_are_asked_the_same_of_the_same_pictures(told):
    scores = [s for s in load_scores(score_encoder(told())) if s.name in ("grounding", "image_to_text")]
    assert len({(s.task, s.domain, s.paired) for s in scores}) == 4


def test_classes_that_no_caption_names_are_not_asked_for(told, capsys):
    names = {r.name for r in score_encoder(told(("site A", "site C"))).records}
    assert {"zero_shot", "grounding"}.isdisjoint(names)
    assert {"language", "image_to_text"} <= names
    assert "no zero-shot" in capsys.readouterr().err


def test_tiles_without_a_caption_are_not_looked_for(told):
    job = told()
    Path("captions.csv").write_text("slide_id,caption\nA3-HE,a tile of tumour\n")
    asked = {**ASKED, "captions": {"templates": [], "partial": False}}
    job = replace(job, inputs={**job.inputs, "captions": Path("captions.csv")}, spec={**job.spec, "language": asked})
    found = {(r.domain, r.name): (r.patients, r.n) for r in score_encoder(job).records if r.task == "retrieval"}
    assert found == {("in_domain", name): (1, 8) for name in ("image_to_text", "text_to_image")}


def test_the_summary_tells_what_some_arms_alone_can_do_without_comparing_it(told):
    told()
    encoders = {}
    for arm in ("base", "made"):
        job = make_job("encoders", arm, language=ASKED if arm == "base" else None)
        encoders[arm] = write_manifest(job.manifest, score_encoder(job))
    summary = summarize(make_job("index", groups={"encoders": encoders}))
    figures = pd.read_csv(summary.figures)
    own = figures[(figures.task == "retrieval") & (figures.seed == "all") & (figures.split == "in_domain")]
    assert set(own.metric) == {f"{way}/R@{k}" for way in ("image_to_text", "text_to_image") for k in (1, 5, 10)}
    assert set(own.arm) == {"base"}
    assert own.against.isna().all()
    assert own[own.metric == "image_to_text/R@1"].ci_low.between(0, 1).all()
    assert set(summary.tested) == {"tissue"}
    named = figures[(figures.task == "tissue") & figures.metric.str.startswith("zero_shot/")]
    assert {"zero_shot/auroc", "zero_shot/balanced_accuracy"} <= set(named.metric)
