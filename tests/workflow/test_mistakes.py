"""Wrong input is told before any job starts, on one screen, without a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def study(folder, *options, params=None, sheet=None):
    text = {name: (ROOT / name).read_text() for name in ("params.yaml", "data/slides.csv")}
    for name, change in (("params.yaml", params), ("data/slides.csv", sheet)):
        if change:
            assert change[0] in text[name]
            text[name] = text[name].replace(*change, 1)
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text[name])
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "-d", folder, "--cores", "1", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("change", "place", "fix"),
    [
        ({"params": ("epochs:", "epoch:")}, "pretrain.epoch", "known: preset, augment"),
        (
            {"params": ("privileged: he2nuclei_pix2pix", "privileged: he2nuclei")},
            "arms.pix2pix.privileged",
            "use one of",
        ),
        ({"sheet": ("data/phantom/A1-HE.tif", "slides/A1.svs")}, "data/slides.csv line 2", "correct the path"),
        ({"sheet": ("A2-HE,A2,", "A1-HE,A2,")}, "data/slides.csv line 5", "its own id"),
        ({"sheet": ("siteA,IHC,,train", "siteA,IHC,,test")}, "slide A1-IHC", "same split"),
    ],
    ids=["unknown key", "source without translator", "missing slide", "duplicate id", "patient in two splits"],
)
def test_told_before_any_job_starts(tmp_path, change, place, fix):
    run = study(tmp_path, **change)
    screen = run.stdout + run.stderr
    assert run.returncode != 0
    assert place in screen
    assert fix in screen
    assert "Traceback" not in screen
    assert len(screen.splitlines()) <= 12
    assert not (tmp_path / "logs").exists()


@pytest.mark.slow
def test_devices_are_asked_for_where_something_is_to_be_trained_on_them(tmp_path):
    change = {"params": ("pretrain:\n", "pretrain:\n  devices: 64\n")}
    assert study(tmp_path, "-n", **change).returncode == 0
    run = study(tmp_path, **change)
    assert run.returncode != 0
    assert "expected 64 devices on this machine" in run.stdout + run.stderr
    assert not (tmp_path / "logs").exists()
