from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.core.networks.framing import framed
from pipeline.core.networks.preprocessor import preprocessing

COLOURS = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.2, 0.1]}
PATH = Path("preprocessor_config.json")
CROP = {"height": 48, "width": 48}
PROCESSORS = {
    "vit": ("ViTImageProcessorPil", {"size": {"height": 48, "width": 48}}),
    "bit": ("BitImageProcessorPil", {"size": {"shortest_edge": 56}, "crop_size": CROP}),
    "clip": ("CLIPImageProcessorPil", {"size": {"shortest_edge": 48}, "crop_size": CROP}),
    "convnext": ("ConvNextImageProcessorPil", {"size": {"shortest_edge": 48}, "crop_pct": 0.875}),
}


def smooth(size):
    """Coloured blots, RGB."""
    coarse = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("size", [96, 40, 48])
@pytest.mark.parametrize("kind", PROCESSORS)
def test_images_are_those_of_transformers_own_processors(tmp_path, kind, size):
    """Within two grey levels, to which Pillow rounds each of its two passes; a shift by a pixel would be tens."""
    module = pytest.importorskip(f"transformers.models.{kind}.image_processing_pil_{kind}")
    name, options = PROCESSORS[kind]
    processor = getattr(module, name)(**options, **COLOURS)
    processor.save_pretrained(tmp_path)
    expected = processor([smooth(size)], return_tensors="pt").pixel_values
    *frame, mean, std = preprocessing(read_json(tmp_path / PATH), 3, PATH)
    image = torch.from_numpy(np.array(smooth(size))).permute(2, 0, 1)[None].float() / 255
    found = (framed(image, *frame) - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    assert found.shape == expected.shape == (1, 3, 48, 48)
    assert ((found - expected).abs() * torch.tensor(COLOURS["image_std"]).view(3, 1, 1) * 255).max() <= 2.01


def test_without_a_file_images_lie_in_minus_1_to_1_and_keep_their_size():
    assert preprocessing(None, 4, PATH) == (None, None, "bilinear", (0.5,) * 4, (0.5,) * 4)


@pytest.mark.parametrize(
    ("said", "mean", "std"),
    [
        ({"rescale_factor": 1 / 255}, (0.5, 0.4, 0.3), (0.2, 0.2, 0.1)),
        ({"rescale_factor": 1 / 127.5}, (0.25, 0.2, 0.15), (0.1, 0.1, 0.05)),
        ({"do_rescale": False}, (0.5 / 255, 0.4 / 255, 0.3 / 255), (0.2 / 255, 0.2 / 255, 0.1 / 255)),
        ({"do_normalize": False}, (0, 0, 0), (1, 1, 1)),
        ({"do_normalize": False, "rescale_factor": 1 / 127.5}, (0, 0, 0), (0.5, 0.5, 0.5)),
    ],
)
def test_normalisation_of_images_in_0_to_1(said, mean, std):
    *_, found_mean, found_std = preprocessing({**COLOURS, **said}, 3, PATH)
    assert found_mean == pytest.approx(mean)
    assert found_std == pytest.approx(std)


@pytest.mark.parametrize(
    ("said", "size", "crop"),
    [
        ({"size": 224}, (224, 224), None),
        ({"size": {"height": 32, "width": 48}}, (32, 48), None),
        ({"size": 256, "do_center_crop": True, "crop_size": 224}, (256, 256), (224, 224)),
        ({"size": 256, "do_center_crop": False, "crop_size": 224}, (256, 256), None),
        ({"size": 224, "do_resize": False}, None, None),
        ({"size": {"longest_edge": 224}, "resample": 0, "do_resize": False}, None, None),
        ({"size": {"shortest_edge": 224, "longest_edge": 448}}, (224, 224), None),
        ({"size": [32, 48]}, (32, 48), None),
        ({"size": {"shortest_edge": 384}, "crop_pct": 0.875}, (384, 384), None),
        ({"size": {"shortest_edge": 224}, "crop_pct": 0.875}, (256, 256), (224, 224)),
    ],
)
def test_sizes_in_all_their_spellings(said, size, crop):
    assert preprocessing({**COLOURS, **said}, 3, PATH)[:2] == (size, crop)


def test_another_filter_is_told():
    with pytest.raises(ProductError, match=r"expected 2 \(bilinear\) or 3 \(bicubic\), found 0"):
        preprocessing({**COLOURS, "size": 224, "resample": 0}, 3, PATH)


@pytest.mark.parametrize("said", [COLOURS, {}])
def test_a_normalisation_of_other_channels_is_told(said):
    with pytest.raises(ProductError, match="the network takes 4 channels, and image_mean is") as error:
        preprocessing(said, 4, PATH)
    assert error.value.where == "preprocessor_config.json: image_mean"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("size", size) for size in ({"longest_edge": 224}, {"height": 224}, [224], "224", 0, -1, 2.5, True, None)),
        ("crop_size", {"longest_edge": 224}),
        ("crop_pct", -1),
        ("crop_pct", "a"),
        ("rescale_factor", 0),
        ("rescale_factor", None),
        ("image_mean", None),
        ("image_mean", ["a", 0, 0]),
        ("image_mean", [float("nan"), 0, 0]),
        ("image_std", [0, 0, 0]),
        ("image_std", [0.2, -0.2, 0.2]),
    ],
)
def test_what_no_image_can_be_made_by_is_told(key, value):
    with pytest.raises(ProductError, match=r"^expected .*, found ") as error:
        preprocessing({**COLOURS, "size": 224, "do_center_crop": True, "crop_size": 224, key: value}, 3, PATH)
    assert error.value.where == f"preprocessor_config.json: {key}"
    assert error.value.fix


@pytest.mark.parametrize(("switch", "key"), [("do_resize", "size"), ("do_center_crop", "crop_size")])
def test_a_step_that_is_asked_for_has_its_size(switch, key):
    with pytest.raises(ProductError, match="expected a side in pixels") as error:
        preprocessing({**COLOURS, switch: True}, 3, PATH)
    assert error.value.where == f"preprocessor_config.json: {key}"
