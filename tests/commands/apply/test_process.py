"""The command as a process of its own: memory, and what is left of it when it is stopped."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import openslide
import pytest
import tifffile
import torch

from pipeline.core.networks.unet import UNet
from pipeline.core.networks.weights import describe, export_weights
from tests.benchmarks.slides import make_large
from tests.commands.apply.conftest import TESTED, params
from tests.commands.apply.test_labelled import STAINS, add_segmenter
from tests.peak import peak

SYNPRIV = Path(sys.executable).with_name("synpriv")
LARGEST = 1 << 30  # bytes


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """A slide as wide as large ones are, 40,000 px; what is held depends on that alone."""
    return make_large(tmp_path_factory.mktemp("large"), width=40_000, height=4096)


def start(*arguments):
    """The command, on its way; it hears an interrupt even where whoever runs the tests does not."""
    command = [SYNPRIV, "apply", *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heed)


def heed():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_the_real_command_tells_what_it_wrote_and_a_mistake_without_a_traceback(normalized):
    command = ("normalize", "--slide", TESTED, "--to", "out.ome.tif")
    line, told = start(*command).communicate()[1].splitlines()
    assert "768 x 768 px of 0.5 µm" in line
    assert told == "macenko, to the stain of a"
    again = start(*command)
    told = again.communicate()[1]
    assert again.returncode == 2
    assert told.startswith("synpriv: there is something already")
    assert "Traceback" not in told


@pytest.mark.slow
def test_a_large_slide_takes_less_than_a_gigabyte(normalized, wide):
    status, held = peak([SYNPRIV, "apply", "normalize", "--slide", wide, "--to", "out.ome.tif"])
    assert status == 0
    with openslide.OpenSlide("out.ome.tif") as slide:
        assert slide.dimensions == (40_000, 4096)
    assert 1e8 < held < LARGEST


@pytest.mark.slow
def test_the_objects_of_a_wide_slide_take_less_than_a_gigabyte_and_a_half(normalized, tmp_path):
    """20,000 px across, in which a network that has learned nothing finds what it may."""
    tile = {"mpp": 1.0, "size": 256, "stride": 256, "min_tissue": 0.1}
    arms = {"arms": {"real": {"method": "unet"}}, "baseline": "real", "seeds": [3]}
    params(tile=tile, stains=STAINS, segment=arms, normalize={"method": "none"})
    torch.manual_seed(0)
    known = {"channels": 3, "classes": 2, "width": 4, "downs": 4}
    export_weights(Path("models/segmenters/real/3"), "segmenter", UNet(**known), describe(UNet, **known))
    add_segmenter()
    slide = make_large(tmp_path, width=40_000, height=1600)
    command = [SYNPRIV, "apply", "real", "--slide", slide, "--to", "out.tif", "--geojson", "--overlap", "0.25"]
    status, held = peak(command)
    assert status == 0
    with tifffile.TiffFile("out.tif") as file:
        assert [page.shape for page in file.pages] == [(800, 20_000)] * 2
        assert file.pages[0].asarray().max() > 100
    assert 1e8 < held < 1.5 * (1 << 30)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_half_file(normalized, wide, how):
    process, partial = start("normalize", "--slide", wide, "--to", "made/out.ome.tif"), Path("made/out.ome.tif.partial")
    while not partial.exists() or partial.stat().st_size < 1 << 20:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(how)
    process.communicate()
    assert process.returncode != 0
    left = [path.name for path in Path("made").iterdir()]
    assert left == ([] if how == signal.SIGINT else [partial.name])  # which the next run replaces
    if left:
        assert start("normalize", "--slide", TESTED, "--to", "made/out.ome.tif").wait() == 0
        assert [path.name for path in Path("made").iterdir()] == ["out.ome.tif"]
