import pytest
import torch

from pipeline.core.errors import ProductError, StudyError
from pipeline.core.networks.encoder import save_encoder
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.networks.vit import ViTEncoder
from pipeline.study import evaluate, pretrain
from pipeline.study.encoders import Encoder, check_encoder, check_place
from pipeline.study.study import parse_study

RESNET, VIT = "pipeline.core.networks.resnet:ResNetEncoder", "pipeline.core.networks.vit:ViTEncoder"
PLAIN = {"objective": "unprivileged", "loss": "vicreg"}
COLOUR = {"mean": (0.5,) * 3, "std": (0.2,) * 3}


def small(channels=3):
    return ResNetEncoder(depth=18, width=2, mean=(0.5,) * channels, std=(0.2,) * channels)


def planned(module, **arms):
    content = {
        "pretrain": {"arms": arms, "seeds": [0]},
        "evaluate": {"baseline": next(iter(arms)), "tasks": {"tissue": {"kind": "annotation"}}},
    }
    return {job.key[0]: job for job in module.jobs(parse_study(content), {}) if job.key}


def mistakes(found):
    return [(error.where, error.message) for error in found]


def test_a_resnet_50_unless_said_otherwise():
    assert Encoder().code == RESNET
    assert Encoder().filled(64) == {"depth": 50, "width": 64, "stem": "standard"}


@pytest.mark.parametrize(("image", "positions"), [(None, 64), (224, 224)])
def test_a_vit_has_positions_for_the_tiles_of_the_study(image, positions):
    vit = Encoder(family="vit", size="tiny", patch=8, image=image)
    assert vit.code == VIT
    assert vit.filled(64) == {"size": "tiny", "patch": 8, "image": positions}


def test_what_a_family_takes_its_class_takes():
    with torch.device("meta"):
        ViTEncoder(**Encoder(family="vit").filled(64), **COLOUR)
        ResNetEncoder(**Encoder(depth=34, stem="small").filled(64), **COLOUR)


@pytest.mark.parametrize(
    ("given", "where", "message"),
    [
        ({"family": "vgg"}, "e.family", "unknown method 'vgg'"),
        ({"family": "vit", "depth": 18}, "e.depth", "'vit' has no option 'depth'"),
        ({"family": "vit", "size": "huge"}, "e.size", "'huge'"),
        ({"family": "vit", "patch": 14}, "e.patch", "patches of 14 pixels do not fill tiles of 64"),
    ],
)
def test_mistakes_of_a_family(given, where, message):
    ((place, text),) = mistakes(check_encoder(Encoder(**given), 64, "e"))
    assert place == where
    assert message in text


def test_weights_of_a_place_are_inputs_of_who_names_it(tmp_path):
    save_encoder(tmp_path, small())
    torch.save({}, tmp_path / "pytorch_model.bin")
    job = planned(pretrain, plain=PLAIN, frozen={"objective": "pretrained", "start": str(tmp_path)})["frozen"]
    assert [path.name for path in job.groups["weights"].values()] == ["encoder.config.json", "encoder.safetensors"]
    assert "start" not in job.inputs


def test_code_of_an_encoder_follows_where_it_comes_from(tmp_path):
    vit = ViTEncoder(size="tiny", patch=8, image=16, **COLOUR)
    save_encoder(tmp_path, vit)
    arms = {
        "plain": PLAIN,
        "vit": {**PLAIN, "encoder": {"family": "vit"}},
        "brought": {"objective": "pretrained", "start": str(tmp_path)},
        "again": {**PLAIN, "start": "brought"},
    }
    expected = {"plain": RESNET, "vit": VIT, "brought": VIT, "again": VIT}
    assert {name: job.code["encoder"] for name, job in planned(evaluate, **arms).items() if name in arms} == expected
    found = planned(pretrain, **arms)
    assert found["brought"].code["start"] == found["again"].code["start"] == VIT


def test_a_place_of_nothing_is_told(tmp_path):
    ((where, message),) = mistakes(check_place(str(tmp_path / "none"), 64, "arms.a.start"))
    assert where == f"arms.a.start: {tmp_path / 'none'}"
    assert message.startswith("no encoder")


def test_an_encoder_of_other_images_is_told(tmp_path):
    save_encoder(tmp_path, small(channels=4))
    expected = "expected an encoder of RGB tiles, found one of 4 channels"
    assert mistakes(check_place(str(tmp_path), 64, "arms.a.start")) == [("arms.a.start", expected)]


def test_an_encoder_of_other_patches_is_told(tmp_path):
    save_encoder(tmp_path, ViTEncoder(size="tiny", patch=14, image=28, **COLOUR))
    expected = "patches of 14 pixels do not fill tiles of 64"
    assert mistakes(check_place(str(tmp_path), 64, "arms.a.start")) == [("arms.a.start", expected)]
    assert mistakes(check_place(str(tmp_path), 56, "arms.a.start")) == []


def test_no_job_is_planned_on_a_place_of_nothing():
    with pytest.raises((ProductError, StudyError), match="no encoder"):
        planned(pretrain, plain=PLAIN, frozen={"objective": "pretrained", "start": "./none"})
