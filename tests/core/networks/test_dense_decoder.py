import pytest
import torch

from pipeline.core.errors import ProductError, StudyError
from pipeline.core.networks.dense_decoder import DenseDecoder
from pipeline.core.networks.encoder import Encoder, Outputs
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.networks.vit import ViTEncoder
from pipeline.core.networks.weights import describe, export_weights
from pipeline.core.segmentation.segmenter import SEGMENTER, Segmenter
from pipeline.segment.decoder import DecoderLearner

COLOUR = {"mean": (0.5, 0.4, 0.6), "std": (0.2, 0.2, 0.2)}


def encoders() -> dict[str, Encoder]:
    torch.manual_seed(0)
    return {
        "resnet": ResNetEncoder(depth=18, width=4, **COLOUR),
        "small": ResNetEncoder(depth=18, width=4, stem="small", **COLOUR),
        "vit": ViTEncoder(size="tiny", patch=8, image=32, **COLOUR),
    }


def learner(encoder: Encoder) -> DecoderLearner:
    return DecoderLearner(size=32, channels=3, classes=2, lr=1e-2, encoder=encoder, width=8)


@pytest.fixture(params=["resnet", "small", "vit"])
def encoder(request):
    return encoders()[request.param]


def test_strides_are_those_of_the_maps(encoder):
    maps = encoder.eval().outputs(torch.zeros(1, 3, 64, 64)).maps
    assert tuple(64 // found.shape[2] for found in maps) == encoder.strides


@pytest.mark.parametrize("sides", [(32, 32), (37, 9)])
def test_maps_are_as_large_as_images_of_any_size(encoder, sides):
    network = learner(encoder).network.eval()
    with torch.no_grad():
        assert network.maps(torch.rand(2, 3, *sides)).shape == (2, 3, *sides)


def test_training_leaves_the_encoder_as_it_was(encoder):
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    made = learner(encoder).train()
    optimizer = made.optimizers()["model"]
    batch = {
        "image": torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8),
        "mask": torch.randint(0, 3, (2, 32, 32), dtype=torch.uint8),
        "instance": torch.ones(2, 32, 32, dtype=torch.int32),
    }
    made(batch, "model")["total"].backward()
    optimizer.step()
    assert not made.network.encoder.training
    assert all(torch.equal(value, before[name]) for name, value in made.network.encoder.state_dict().items())
    learning = {id(p) for group in optimizer.param_groups for p in group["params"]}
    assert learning == {id(p) for name, p in made.network.named_parameters() if not name.startswith("encoder.")}


def test_the_exported_folder_stands_alone(encoder, tmp_path):
    network, config = learner(encoder).exports()[SEGMENTER]
    export_weights(tmp_path, SEGMENTER, network, config)
    images = torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8).numpy()
    assert (Segmenter.load(tmp_path).maps(images) == Segmenter(network).maps(images)).all()


def test_an_encoder_that_resizes_its_images_sees_them_as_they_are():
    vit = encoders()["vit"]
    vit.size, vit.crop = (16, 16), (8, 8)
    assert learner(vit).network.encoder.outputs(torch.zeros(1, 3, 32, 32)).maps[0].shape[2:] == (4, 4)
    assert vit.unframed().outputs(torch.zeros(1, 3, 32, 32)).maps[0].shape[2:] == (4, 4)


def test_an_encoder_of_other_images_is_told():
    with pytest.raises(ProductError, match="the encoder takes images of 3 channels, these have 1"):
        DecoderLearner(size=32, channels=1, classes=2, lr=1e-2, encoder=encoders()["small"])


def test_an_encoder_without_dense_maps_is_told(monkeypatch):
    class Flat(Encoder):
        def __init__(self):
            super().__init__({}, 4, (4,), (0.5,), (0.5,))

        def outputs(self, images: torch.Tensor) -> Outputs:
            return Outputs(images.mean((2, 3)), ())

    monkeypatch.setattr("pipeline.core.networks.dense_decoder.build_network", lambda config, unset: Flat())
    with pytest.raises(StudyError, match="Flat has no maps that lie over the pixels") as error:
        DenseDecoder(encoder=describe(ResNetEncoder), classes=2, width=8)
    assert "name an encoder of images" in str(error.value)
