"""Memory does not grow with the slide."""

import json
import struct
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from pipeline.core.slides.slide import Slide
from pipeline.study.tile import CUT, Tile
from tests.peak import peak

pytestmark = pytest.mark.slow

SIDE, TILE = 100_000, 256
GIGABYTE = 1 << 30


def write_huge(path):
    """A valid TIFF of SIDE x SIDE px at 0.5 µm/px without a pyramid, all of whose tiles are the same JPEG."""
    rng = np.random.default_rng(0)
    pixels = np.clip(np.array([170, 90, 160]) + rng.integers(-30, 30, (TILE, TILE, 1)), 0, 255).astype(np.uint8)
    tile = imagecodecs.jpeg8_encode(pixels, level=80)
    count = (-(-SIDE // TILE)) ** 2
    start = 8 + len(tile)
    offsets, counts = struct.pack(f"<{count}I", *[8] * count), struct.pack(f"<{count}I", *[len(tile)] * count)
    bits, resolution = struct.pack("<3H", 8, 8, 8), struct.pack("<2I", 20_000, 1)
    at_counts = start + len(offsets)
    at_bits = at_counts + len(counts)
    at_resolution = at_bits + len(bits)
    directory = at_resolution + len(resolution)
    tags = [
        (256, 4, 1, SIDE), (257, 4, 1, SIDE), (258, 3, 3, at_bits), (259, 3, 1, 7), (262, 3, 1, 6), (277, 3, 1, 3),
        (282, 5, 1, at_resolution), (283, 5, 1, at_resolution), (284, 3, 1, 1), (296, 3, 1, 3), (322, 4, 1, TILE),
        (323, 4, 1, TILE), (324, 4, count, start), (325, 4, count, at_counts), (530, 3, 2, 0x0002_0002),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = struct.pack("<2sHI", b"II", 42, directory)
    body = [head, tile, offsets, counts, bits, resolution, struct.pack("<H", len(tags)), entries, bytes(4)]
    path.write_bytes(b"".join(body))


def test_a_slide_of_ten_gigapixels_is_cut_within_a_gigabyte(tmp_path):
    write_huge(tmp_path / "s.tif")
    (tmp_path / "data").mkdir()
    section = Tile(mpp=4.0, size=256, stride=256).model_dump(mode="json")
    row = Slide(slide_id="s", path="s.tif", patient_id="p", site="x", stain="HE", split="train").row()
    spec = {**section, "channels": {}, "slide": row}
    job = CUT.job("s", groups={"images": {"s.tif": Path("s.tif")}}, spec=spec)
    command = [
        Path(sys.executable).with_name("synpriv"),
        "tile",
        "slide",
        "s",
        "--threads",
        "2",
        "--spec",
        job.to_json(),
    ]
    status, held = peak(command, cwd=tmp_path)
    manifest = json.loads((tmp_path / "data/tiles/s.json").read_text())
    assert (status, manifest["status"], manifest["tiles"]) == (0, "complete", 48 * 48)
    assert 1e8 < held < GIGABYTE
