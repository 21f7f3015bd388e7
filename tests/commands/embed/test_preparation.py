from pathlib import Path

import pytest
import yaml

from pipeline.commands.embed.preparation import Asked, cautions, find_preparation
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.files import read_json, write_json
from pipeline.core.manifests.card import Tiling
from pipeline.core.manifests.slides import ReferenceManifest
from pipeline.study.normalize import METHODS
from pipeline.study.normalizer import Normalizer
from tests.commands.conftest import ENCODER, STUDY


def test_the_card_says_what_the_study_did(finished):
    found = find_preparation(ENCODER, Asked())
    assert found.stain == "HE"
    assert found.tiling.model_dump() == {
        "mpp": 1.0, "size": 64, "stride": 64, "min_tissue": 0.5, "max_tissue": 1.0, "pens": True, "channels": None,
        "within": [], "coordinates": False, "invert": False, "searched": True,
    }  # fmt: skip
    assert found.staining is not None
    assert found.staining.method == "macenko"
    assert found.staining.reference == ReferenceManifest.read(Path("data/normalized/reference.json")).fit


def test_the_card_is_enough_on_another_machine(finished, tmp_path, monkeypatch):
    (finished / ENCODER).rename(tmp_path / "encoder")
    monkeypatch.chdir(tmp_path)
    assert find_preparation(Path("encoder"), Asked()).staining is not None


def test_beside_a_card_only_another_stride_may_be_asked_for(finished):
    assert find_preparation(ENCODER, Asked(stride=16)).tiling.stride == 16
    for asked in (Asked(mpp=0.5), Asked(size=32), Asked(normalize="none")):
        with pytest.raises(StudyError, match="the encoder's card says"):
            find_preparation(ENCODER, asked)


def test_without_a_card_all_must_be_said(tmp_path):
    found = find_preparation(tmp_path, Asked(mpp=0.5, size=224, normalize="none"))
    assert (found.tiling.mpp, found.tiling.size, found.tiling.stride, found.staining) == (0.5, 224, 224, None)
    for asked in (Asked(), Asked(mpp=0.5, size=224), Asked(mpp=0.5, normalize="none")):
        with pytest.raises(StudyError, match="no card") as error:
            find_preparation(tmp_path, asked)
        assert "--normalize none" in error.value.fix


@pytest.mark.parametrize("like", [".", str(ENCODER)])
def test_slides_are_prepared_like_those_of_a_study_or_an_encoder(finished, tmp_path, like):
    assert find_preparation(tmp_path, Asked(normalize=like)) == find_preparation(ENCODER, Asked())
    found = find_preparation(tmp_path, Asked(normalize=like, mpp=2.0, size=32, stride=16)).tiling
    assert (found.mpp, found.size, found.stride) == (2.0, 32, 16)


def test_a_normaliser_that_was_trained_is_refused_by_name(finished, tmp_path, monkeypatch):
    monkeypatch.setitem(METHODS, "learned", Normalizer("a:B", "B", learner="a:C"))
    card = read_json(ENCODER / "card.json")
    card["preparation"]["staining"].update(method="learned", options={}, reference={})
    write_json(tmp_path / "card.json", card)
    with pytest.raises(ProductError, match="'learned' was trained on the slides of its study"):
        find_preparation(tmp_path, Asked())


def test_tiles_that_a_slide_alone_does_not_give_are_told():
    tiling = Tiling(mpp=1.0, size=64, stride=64)
    assert cautions(tiling) == []
    (inside, placed) = cautions(tiling.model_copy(update={"within": ["tumour", "stroma"], "coordinates": True}))
    assert "inside tumour, stroma alone" in inside
    assert "another tool" in placed


def test_a_study_with_folds_has_no_one_normalisation(finished, tmp_path):
    folded = tmp_path / "folded"
    folded.mkdir()
    (folded / "params.yaml").write_text(yaml.safe_dump({**STUDY, "folds": 3}))
    with pytest.raises(StudyError, match="normalised in each alone") as error:
        find_preparation(tmp_path, Asked(normalize=str(folded)))
    assert error.value.fix.startswith("name an encoder of it")


def test_neither_a_study_nor_an_encoder_to_be_like(tmp_path):
    with pytest.raises(StudyError, match="neither an encoder nor a study"):
        find_preparation(tmp_path, Asked(normalize=str(tmp_path / "nowhere")))


@pytest.mark.parametrize(
    ("change", "found"),
    [({"method": "os:system"}, "no normaliser 'os:system'"), ({"options": {"io": -1}}, "other options of 'macenko'")],
)
def test_a_card_of_another_version_is_told(finished, tmp_path, change, found):
    card = read_json(ENCODER / "card.json")
    card["preparation"]["staining"].update(change)
    write_json(tmp_path / "card.json", card)
    with pytest.raises(ProductError, match=found):
        find_preparation(tmp_path, Asked())


def test_another_size_lies_edge_to_edge_where_theirs_does(finished, tmp_path):
    assert find_preparation(tmp_path, Asked(normalize=str(ENCODER), size=32)).tiling.stride == 32


def test_a_card_of_other_weights_is_told(finished):
    weights = finished / ENCODER / "encoder.safetensors"
    weights.unlink()  # it is shared with the other tests
    weights.write_bytes(b"others")
    with pytest.raises(ProductError, match="the card is of other weights"):
        find_preparation(ENCODER, Asked())
