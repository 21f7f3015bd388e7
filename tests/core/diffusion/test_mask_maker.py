import numpy as np
import pytest
import torch

from pipeline.core.diffusion.conditions import one_hot
from pipeline.core.diffusion.gaussian import noise_of
from pipeline.core.diffusion.mask_maker import MaskMaker
from pipeline.core.diffusion.schedule import linear
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.networks.presence_unet import PresenceUNet
from pipeline.core.networks.semantic_unet import SemanticUNet
from pipeline.core.networks.weights import describe, export_weights
from tests.core.diffusion.toys import CLASSES, SHAPE, SIZE, STEPS, presence, semantic

WANTED = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0]], bool)


@pytest.fixture(scope="module")
def maker():
    return MaskMaker(presence())


def test_the_same_mask_is_the_same_whatever_the_batch(maker):
    mask, instance = maker(WANTED, [1, 2, 3], size=SIZE, steps=5)
    assert (mask.dtype, instance.dtype) == (np.uint8, np.uint16)
    assert mask.shape == instance.shape == (3, SIZE, SIZE)
    for row, seed in enumerate([1, 2, 3]):
        alone = maker(WANTED[[row]], [seed], size=SIZE, steps=5)
        assert (alone[0][0] == mask[row]).all()
        assert (alone[1][0] == instance[row]).all()


def test_wishes_reach_the_network_behind_a_background_that_is_always_there(maker):
    seen = []
    handle = maker.network.presence.register_forward_pre_hook(lambda _, told: seen.append(told[0]))
    maker(WANTED, [1, 2, 3], size=SIZE, steps=1)
    handle.remove()
    told, untold = torch.stack(seen).unflatten(0, (3, 2)).unbind(1)
    assert told[:, 0].tolist() == [[1, 1, 0, 0], [1, 0, 1, 1], [1, 0, 0, 0]]
    assert not untold.any()


def test_without_guidance_one_prediction_is_made(maker):
    seen = []
    handle = maker.network.presence.register_forward_pre_hook(lambda _, told: seen.append(told[0]))
    maker(WANTED, [1, 2, 3], size=SIZE, guidance=0.0, steps=1)
    handle.remove()
    assert torch.cat(seen)[:, 0].tolist() == [1, 1, 1]


def test_guidance_draws_more_of_what_is_asked_for():
    """A network whose noise leans to a class by as much as it is asked for: guidance of 3 makes its argmax."""

    class Leaning(PresenceUNet):
        def forward(self, state, times, present):
            data = torch.full_like(state, -1.0)
            data[:, 0] = 0.0
            data += 0.9 * present[:, :, None, None] * torch.tensor([0.0, 1.0, 1.0, 1.0])[:, None, None]
            return noise_of(linear(STEPS), state, times, data), torch.zeros_like(state)

    maker = MaskMaker(Leaning(CLASSES, STEPS, **SHAPE))
    plain, overdone = (maker(WANTED[:1], [1], size=SIZE, guidance=scale)[0] for scale in (0.0, 3.0))
    assert (plain == 0).all()
    assert (overdone == 1).all()


def test_a_network_that_knows_a_mask_draws_it():
    """An oracle: of any state it knows the noise of this mask, in which a square is a nucleus and a speck is not."""
    truth = np.zeros((SIZE, SIZE), np.uint8)
    truth[2:8, 2:8], truth[10:13, 10:13] = 2, 1

    class Oracle(PresenceUNet):
        def forward(self, state, times, present):
            data = 2 * one_hot(torch.from_numpy(truth[None]), CLASSES) - 1
            return noise_of(linear(STEPS), state, times, data.expand_as(state)), torch.zeros_like(state)

    mask, instance = MaskMaker(Oracle(CLASSES, STEPS, **SHAPE))(WANTED[:1], [1], size=SIZE)
    assert (mask[0] == np.where(truth == 2, 2, 0)).all()
    assert (instance[0] == (truth == 2)).all()


def test_a_loaded_maker_draws_the_same(maker, tmp_path):
    export_weights(tmp_path, "generator", maker.network, describe(PresenceUNet, classes=CLASSES, steps=STEPS, **SHAPE))
    one, other = (each(WANTED, [1, 2, 3], size=SIZE, steps=3) for each in (maker, MaskMaker.load(tmp_path)))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_bad_wishes_are_told(maker, tmp_path):
    with pytest.raises(ProductError, match=r"wishes of \(3, 2\), expected \(tile, 3\)"):
        maker(WANTED[:, :2], [1, 2, 3], size=SIZE)
    with pytest.raises(ProductError, match="got 2 seeds for 3 tiles"):
        maker(WANTED, [1, 2], size=SIZE)
    with pytest.raises(ProductError, match="tiles of 15 x 15 px"):
        maker(WANTED, [1, 2, 3], size=15)
    with pytest.raises(StudyError, match="26 sampling steps"):
        maker(WANTED, [1, 2, 3], size=SIZE, steps=26)
    known = describe(SemanticUNet, classes=CLASSES, steps=STEPS, hidden=4, **SHAPE)
    export_weights(tmp_path, "generator", semantic(), known)
    with pytest.raises(ProductError, match="expected a PresenceUNet, found a SemanticUNet"):
        MaskMaker.load(tmp_path)
