from pipeline.core.cohort.cohort import Cohort
from pipeline.core.digests import digest_file
from pipeline.core.manifests.card import CARD, Card
from pipeline.pretrain.card import encoder_card, groups, told

from .conftest import INDEX, job, made


def test_an_encoder_knows_what_it_learned_from(study):
    manifest = made(job(privileged=None, objective="unprivileged", options={}))
    card = Card.read(manifest.folder / CARD)
    assert (card.arm, card.seed, card.patients, card.tiles, card.steps) == ("arm", 0, 2, 24, 6)
    assert card.weights == digest_file(manifest.folder / "encoder.safetensors")
    assert card.settings["arm"]["objective"] == "unprivileged"
    assert "preparation" not in card.settings
    assert (card.preparation.stain, card.preparation.tiling.size) == ("HE", 16)


def test_of_folders_a_card_tells_the_names_alone():
    arm = {"start": "/home/jane/uni", "teacher": "synthetic", "options": {"text": "/home/jane/biobert", "width": 8}}
    assert told(arm) == {"start": "uni", "teacher": "synthetic", "options": {"text": "biobert", "width": 8}}
    assert told({"start": None, "options": {}}) == {"start": None, "options": {}}


def test_the_cohort_is_counted_and_no_patient_is_named(study):
    found = [dict(group) for group in groups(Cohort.read(INDEX).select(stain="HE"))]
    assert found == [
        {"split": "train", "site": "A", "patients": 2, "slides": 2, "tiles": 24},
        {"split": "test", "site": "B", "patients": 1, "slides": 1, "tiles": 12},
    ]
    manifest = made(job(privileged=None, objective="unprivileged", options={}))
    text = (manifest.folder / CARD).read_text()
    assert not any(name in text for name in ("A1", "A2", "B1"))


def test_painted_tiles_are_counted_and_nobody_stands_behind_them(study):
    manifest = made(job(privileged=None, objective="unprivileged", options={}))
    cohort, own = Cohort.read(INDEX), job(privileged=None, objective="unprivileged", options={})
    card = encoder_card(own, cohort, manifest, {"more": cohort})
    assert dict(card.cohort[-1]) == {"split": "train", "site": "painted: more", "patients": 0, "slides": 3, "tiles": 36}
