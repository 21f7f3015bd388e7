import math
from pathlib import Path

from pipeline.core.manifests.card import Card, Group, Preparation, Staining, Tiling
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.measures.figures import POOLED, Figure
from pipeline.report.card import card_text, measured, write_cards

TILING = Tiling(mpp=0.5, size=224, stride=224, min_tissue=0.6)
STAINING = Staining(method="macenko", options={}, seed=0, reference={"p99": [1.0, 2.0]})
CARD = Card(
    arm="synthetic",
    seed=1,
    settings={"batch": 64, "arm": {"objective": "trident", "task": None}},
    patients=12,
    tiles=3400,
    steps=500,
    weights="abc123",
    cohort=(Group(split="train", site="siteA", patients=12, slides=14, tiles=3400),),
    preparation=Preparation(stain="HE", tiling=TILING, staining=STAINING),
)


def figure(metric, value, *, arm="synthetic", seed=POOLED, against="", low=math.nan, high=math.nan):
    return Figure(arm, seed, "tissue", "unseen_site", metric, against, value, low, high, 90)


FIGURES = [
    figure("few/balanced_accuracy", 0.7, low=0.6, high=0.8),
    figure("few/balanced_accuracy", 0.65, seed="1"),
    figure("few/balanced_accuracy", 0.75, seed="2"),
    figure("few/balanced_accuracy_gain", 0.05, against="unprivileged"),
    figure("few/error_reduction", 0.9, against="unprivileged"),
    figure("permuted/balanced_accuracy", 0.25),
    figure("few/balanced_accuracy", 0.1, arm="another"),
]


def test_figures_are_the_arms_with_interval_and_this_seed_beside():
    assert measured(CARD, FIGURES) == [
        ("tissue", "unseen site", "few, balanced accuracy", "", "0.650", "0.700", "0.600 to 0.800", "90"),
        ("tissue", "unseen site", "few, balanced accuracy gain", "unprivileged", "", "0.050", "–", "90"),
    ]


def test_a_card_tells_data_use_figures_digests_and_licence():
    text = card_text(CARD, size=224, figures=FIGURES, licence="CC-BY-4.0")
    for told in (
        "license: cc-by-4.0",
        "# Encoder `synthetic`, seed 1",
        "**Licence**: CC-BY-4.0",
        "No diagnosis",
        "224 x 224 pixels at 0.5 µm per pixel",
        "at least 60 % of it tissue",
        "normalised by `macenko`",
        "| tissue | unseen site | few, balanced accuracy |  | 0.650 | 0.700 | 0.600 to 0.800 | 90 |",
        "3400 tiles of 12 training patients, in 500 steps",
        "| train | siteA | 12 | 14 | 3400 |",
        "objective: trident",
        "`abc123`",
    ):
        assert told in text, told


def test_a_card_of_the_study_tells_of_no_program_that_is_not_there():
    place = Path("models/encoders/synthetic/1")
    text = card_text(CARD, size=224, place=place)
    assert "synpriv embed --encoder models/encoders/synthetic/1" in text
    assert ".pt2" not in text
    assert "encoder.pt2" in card_text(CARD, size=224)


def test_programs_of_another_size_do_not_change_what_the_encoder_learned_from():
    text = card_text(CARD, size=96)
    assert "224 x 224 pixels at 0.5 µm per pixel" in text
    assert "torch.rand(8, 3, 96, 96)" in text
    assert "tiles of 96 pixels a side, other ones than" in text
    assert "other ones than" not in card_text(CARD, size=224)


def test_figures_of_folds_are_not_said_to_be_of_patients_the_encoder_never_saw():
    text, plain = card_text(CARD, size=224, figures=FIGURES, crossed=True), card_text(CARD, size=224, figures=FIGURES)
    assert "cross-validated" in text
    assert "that neither the encoder nor a probe has seen" not in text
    assert "that neither the encoder nor a probe has seen" in plain


def test_tiles_that_embed_does_not_cut_alike_are_told():
    tiling = TILING.model_copy(update={"within": ["tumour"], "coordinates": True})
    other = CARD.model_copy(update={"preparation": CARD.preparation.model_copy(update={"tiling": tiling})})
    text = card_text(other, size=224)
    assert "inside annotated tumour alone" in text
    assert "placed by another tool" in text


def test_what_is_not_known_is_said():
    text = card_text(CARD, size=224)
    assert "license: unknown" in text
    assert "not stated; ask whoever handed it on" in text
    assert "Nothing was measured when this card was written" in text
    assert "trained elsewhere" in card_text(None, size=64, channels=5)


def test_cards_lie_by_arm_and_seed_and_old_ones_go(tmp_path):
    place = tmp_path / "models/encoders/synthetic/1"
    CARD.write(place)
    facts = {"patients": (), "tiles": 0, "steps": 0, "weights": {}, "configs": {}, "history": Path("h.csv")}
    encoders = [
        EncoderManifest(arm="synthetic", seed=1, folder=place, **facts),
        EncoderManifest(arm="lost", seed=0, folder=tmp_path / "models/encoders/lost/0", **facts),
    ]
    for _ in range(2):
        (tmp_path / "cards/old").mkdir(parents=True, exist_ok=True)
        write_cards(tmp_path / "cards", encoders, FIGURES, crossed=False)
        found = [path.relative_to(tmp_path / "cards").as_posix() for path in (tmp_path / "cards").rglob("*.*")]
        assert found == ["synthetic/1.md"]
    assert "0.600 to 0.800" in (tmp_path / "cards/synthetic/1.md").read_text()
