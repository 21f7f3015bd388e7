import numpy as np
import pytest
import torch
from torch import nn

from pipeline.commands.apply.denoised import Denoised, Diffusion
from pipeline.commands.apply.windows import Joined, Windows
from pipeline.core.errors import StudyError
from pipeline.core.networks.adversarial_diffusion import AdversarialDiffusion
from pipeline.core.networks.weights import build_network, describe
from pipeline.core.slides.cascade import TILE
from pipeline.core.translation.pixels import Pixels
from tests.commands.apply.conftest import TOY, add_translator, apply, params
from tests.commands.apply.test_windows import SIZE, padded


class Echo(nn.Module):
    """Denoises to the source."""

    def forward(self, x, t, z):
        return x[:, 3:]


class Local(nn.Module):
    """What becomes of a pixel depends on that pixel of the state and of the source, and on nothing else."""

    def forward(self, x, t, z):
        return torch.tanh(
            0.5 * x[:, 3:] + 0.4 * x[:, :3].cumsum(1) + 0.1 * t.view(-1, 1, 1, 1) + 0.2 * z[:, :1, None, None]
        )


class Vignette(nn.Module):
    """Darker towards one side of a window."""

    def forward(self, x, t, z):
        return (x[:, 3:] + 1) * torch.linspace(1, 0.6, SIZE)[:, None] - 1


def denoised(image, network, overlap=32, batch=5, seed=0):
    """The result, and what was found of seams."""
    high, wide = image.shape[:2]
    windows = Windows(wide, high, SIZE, overlap)
    source = Joined(windows, lambda x, y: padded(image, x, y), lambda tiles, _: tiles, batch=batch, threads=2)
    found = Denoised(windows, source.strips(), diffusion(network, seed), batch=batch)
    rows = [np.concatenate([row(column) for column in range(-(-wide // TILE))], 1) for row in found.rows()]
    return np.concatenate(rows)[:high, :wide], found.seams


def diffusion(network, seed=0):
    rgb = Pixels().config()
    made = AdversarialDiffusion(
        source=rgb, target=rgb, steps=4, width=4, mult=[1], blocks=1, attention=[], latent=2, style=2
    )
    made.network = network
    return Diffusion(made.eval(), torch.device("cpu"), seed, ("apply", "toy", 0, "slide"))


@pytest.mark.parametrize(("high", "wide"), [(200, 130), (64, 64), (40, 150), (150, 40), (30, 30)])
@pytest.mark.parametrize("overlap", [0, 20, 32])
def test_an_oracle_s_slide_comes_out_as_it_is(tissue_like, high, wide, overlap):
    image = tissue_like(600)[:high, :wide]
    made, seams = denoised(image, Echo(), overlap)
    assert np.array_equal(made, image)
    assert seams.result == seams.source


def test_noise_is_of_the_place_so_windows_and_batches_say_nothing(tissue_like):
    image = tissue_like(600)[:150, :170]
    plain, _ = denoised(image, Local(), overlap=0)
    for overlap, batch in ((32, 1), (20, 7)):
        made, _ = denoised(image, Local(), overlap, batch)
        assert np.abs(made.astype(int) - plain).max() <= 1  # shares add up to 1 but for rounding
    other, _ = denoised(image, Local(), seed=1)
    assert (other != plain).mean() > 0.5


def test_a_slide_is_one_draw_of_the_diffusion(tissue_like):
    """Of a slide of one window, the result is what four steps by hand come to."""
    from pipeline.core.diffusion.gaussian import returned

    image, drawn = tissue_like(600)[:SIZE, :SIZE], diffusion(Local())
    source = Pixels().tensor(torch.from_numpy(image[None]))
    state = drawn.noise(5, 0, SIZE, SIZE)[None]
    for step in (4, 3, 2, 1):
        t = torch.tensor([step])
        data = drawn.network.denoise(state, source, t, drawn.latent(step))
        state = returned(drawn.network.schedule, data, state, t, drawn.noise(step, 0, SIZE, SIZE)[None])
    made, _ = denoised(image, Local())
    assert np.abs(made.astype(int) - Pixels().images(state)[0].numpy()).max() <= 1


def test_windows_that_do_not_match_are_blended(tissue_like):
    image = tissue_like(600)[:300, :200]
    hard, soft = (denoised(image, Vignette(), overlap)[1].result.seam for overlap in (0, 32))
    assert hard > 1.2
    assert soft == pytest.approx(1.0, abs=0.05)


def test_of_a_long_slide_a_few_rows_of_windows_are_read_ahead(tissue_like):
    """Memory goes by the width: every step holds a row of windows, whatever the height."""
    image, read = tissue_like(600)[:, :64], [0]
    windows = Windows(64, len(image), SIZE, 32)

    def strips():
        for top in range(0, len(image), 10):
            read[0] = top + 10
            yield image[top : top + 10]

    rows = Denoised(windows, strips(), diffusion(Echo()), batch=2).rows()
    next(rows)
    assert read[0] <= TILE + 4 * SIZE + 32 + 10
    rows.close()


def exported(name, **ends):
    """Files of a diffusion of the study, untrained."""
    config = describe(
        AdversarialDiffusion,
        **{"source": Pixels().config(), "target": Pixels().config(), **ends},
        steps=4, width=4, mult=[1, 1], blocks=1, attention=[], latent=2, style=2,
    )  # fmt: skip
    torch.manual_seed(0)
    add_translator(build_network(config), config, name=name)


def test_the_command_translates_a_slide_and_tells_its_seam(normalized):
    params(translate={"toy": {**TOY, "method": "syndiff"}})
    exported("toy")
    result = apply("toy", "--overlap", 0.25, "--batch", 32)
    assert result.exit_code == 0, result.output
    assert "seam:" in result.output


def test_a_translator_to_other_pixels_writes_no_slide(normalized):
    params(translate={"toy": {**TOY, "method": "syndiff"}})
    exported("toy", target=Pixels("uint16", 5, 4095).config())
    with pytest.raises(StudyError, match="'toy' makes pixels of uint16 and 5 channels"):
        apply("toy")
