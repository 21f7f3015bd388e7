import numpy as np
import pytest
import torch

from pipeline.core.diffusion.painter import Painter
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.networks.presence_unet import PresenceUNet
from pipeline.core.networks.semantic_unet import SemanticUNet
from pipeline.core.networks.weights import describe, export_weights
from tests.core.diffusion.toys import CLASSES, SHAPE, SIZE, STEPS, presence, semantic


@pytest.fixture(scope="module")
def painter():
    return Painter(semantic())


def masks(count: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    instance = np.kron(rng.integers(0, 9, (count, 4, 4)), np.ones((4, 4), int)).astype(np.uint16)
    return ((instance + 2) % (CLASSES + 1) * (instance > 0)).astype(np.uint8), instance


@pytest.mark.parametrize("sampler", ["ancestral", "ddim"])
@pytest.mark.parametrize("guidance", [0.0, 0.5])
def test_the_same_tile_is_the_same_whatever_the_batch(painter, sampler, guidance):
    mask, instance = masks()
    options = {"guidance": guidance, "sampler": sampler, "steps": 5}
    whole = painter(mask, instance, [4, 5, 6], **options)
    assert (whole.dtype, whole.shape) == (np.uint8, (3, SIZE, SIZE, 3))
    alone = [painter(mask[[n]], instance[[n]], [4 + n], **options)[0] for n in range(3)]
    assert (np.stack(alone) == whole).all()
    assert (painter(mask[[2, 0]], instance[[2, 0]], [6, 4], **options) == whole[[2, 0]]).all()
    assert len({tile.tobytes() for tile in whole}) == 3


def test_seed_mask_and_borders_decide_what_is_painted(painter):
    mask, instance = masks(1)
    first = painter(mask, instance, [1], steps=5)
    assert (painter(mask, instance, [1], steps=5) == first).all()
    for changed in (
        painter(mask, instance, [2], steps=5),
        painter(np.where(mask == 1, 2, mask).astype(np.uint8), instance, [1], steps=5),
        painter(mask, (instance > 0).astype(np.uint16), [1], steps=5),
    ):
        assert (changed != first).any()


def test_without_guidance_one_prediction_is_made_and_it_is_the_conditional_one(painter):
    mask, instance = masks(1)
    picture = torch.rand(1, CLASSES + 2, SIZE, SIZE)
    state, times, calls = torch.randn(1, 3, SIZE, SIZE), torch.tensor([9]), []
    handle = painter.network.body.last.register_forward_hook(lambda *_: calls.append(1))
    with torch.no_grad():
        plain = painter._predict(picture, 1.0)(state, times)
        assert len(calls) == 1
        guided = painter._predict(picture, 1.5)(state, times)
        assert len(calls) == 3
        absent = painter._predict(torch.zeros_like(picture), 1.0)(state, times)
    handle.remove()
    torch.testing.assert_close(guided[0], absent[0] + 1.5 * (plain[0] - absent[0]))
    assert torch.equal(guided[1], plain[1])  # the variance is that of the conditional prediction
    assert (painter(mask, instance, [1], guidance=0.0, steps=3) != painter(mask, instance, [1], steps=3)).any()


def test_guidance_of_a_network_that_does_not_look_at_masks_changes_nothing():
    network = semantic()
    for name, parameter in network.named_parameters():
        if ".shared." in name:
            torch.nn.init.zeros_(parameter)
    deaf, (mask, instance) = Painter(network), masks(1)
    plain = deaf(mask, instance, [1], guidance=0.0, steps=4)
    for guidance in (0.5, 7.0):
        assert (deaf(mask, instance, [1], guidance=guidance, steps=4) == plain).all()


def test_a_mask_without_nuclei_is_painted(painter):
    nothing = np.zeros((1, SIZE, SIZE), np.uint8)
    assert painter(nothing, nothing.astype(np.uint16), [1], steps=2).shape == (1, SIZE, SIZE, 3)
    assert painter(nothing[:0], nothing[:0], []).shape == (0, SIZE, SIZE, 3)


def test_a_loaded_painter_paints_the_same(painter, tmp_path):
    config = describe(SemanticUNet, classes=CLASSES, steps=STEPS, hidden=4, **SHAPE)
    export_weights(tmp_path, "generator", painter.network, config)
    again, (mask, instance) = Painter.load(tmp_path), masks(1)
    assert again.classes == CLASSES
    assert (again(mask, instance, [3], steps=4) == painter(mask, instance, [3], steps=4)).all()


def test_another_network_is_told(tmp_path):
    export_weights(tmp_path, "generator", presence(), describe(PresenceUNet, classes=CLASSES, steps=STEPS, **SHAPE))
    with pytest.raises(ProductError, match="expected a SemanticUNet, found a PresenceUNet"):
        Painter.load(tmp_path)


def test_bad_masks_are_told(painter):
    mask, instance = masks(2)
    with pytest.raises(ProductError, match="class id 4 in a mask, expected 0 to 3"):
        painter(mask + np.uint8(4 - mask.max()), instance, [1, 2])
    with pytest.raises(ProductError, match=r"masks of \(2, 16, 16\) and instances of \(2, 8, 16\)"):
        painter(mask, instance[:, :8], [1, 2])
    with pytest.raises(ProductError, match=r"tiles of 15 x 16 px(.|\n)*multiples of 2"):
        painter(mask[:, :15], instance[:, :15], [1, 2])
    with pytest.raises(ProductError, match="got 1 seeds for 2 tiles"):
        painter(mask, instance, [1])


def test_more_steps_than_it_was_trained_with_are_told(painter):
    mask, instance = masks(1)
    with pytest.raises(StudyError, match=r"26 sampling steps.*trained with 25"):
        painter(mask, instance, [1], steps=26)
