"""The slides that the benchmarks read: simulated tissue, written as scanners and converters write it."""

from pathlib import Path

import numpy as np
import tifffile

from pipeline.core.files import aside
from pipeline.core.slides.region import Region
from pipeline.phantom.writer import pyramid
from tests.phantom.jobs import phantom_job, write_phantom

MPP, PATCH, TILE = 0.5, 2048, 256
APERIO = "Aperio Image Library v1.0\n{0}x{0} [0,0 {0}x{0}] (256x256) JPEG/RGB Q=80|AppMag = 20|MPP = 0.5"


def make_slide(folder: Path, *, side: int, aperio: bool = False) -> Path:
    """A JPEG pyramid of ``side`` x ``side`` px at 0.5 µm/px, made once: a simulated slide, repeated with flips."""
    path = folder / f"slide-{side}.{'svs' if aperio else 'tif'}"
    if not path.exists():
        _write(path, _mosaic(folder, side), aperio)
    return path


def make_large(folder: Path, *, width: int, height: int) -> Path:
    """The same of any size, made once: encoded tiles of a simulated slide again and again, each level of its own."""
    path = folder / f"slide-{width}-{height}.tif"
    if not path.exists():
        with tifffile.TiffFile(_patch(folder)) as patch, aside(path) as partial:
            _repeat(partial, patch, width, height)
    return path


def _repeat(path: Path, patch: tifffile.TiffFile, width: int, height: int) -> None:
    with tifffile.TiffWriter(path, bigtiff=True) as file:
        for level, page in enumerate(patch.pages):
            high, wide = (-(-(side >> level) // TILE) for side in (height, width))
            tiles = [data for data, _ in patch.filehandle.read_segments(page.dataoffsets, page.databytecounts)]
            across = len(range(0, page.imagewidth, TILE))
            places = ((row % across) * across + column % across for row in range(high) for column in range(wide))
            file.write(
                (tiles[place] for place in places),
                shape=(height >> level, width >> level, 3),
                dtype="uint8",
                tile=(TILE, TILE),
                photometric=page.photometric,
                subsampling=page.subsampling,
                compression="jpeg",
                subfiletype=int(level > 0),
                resolution=(1e4 / MPP / 2**level,) * 2,
                resolutionunit="CENTIMETER",
                metadata=None,
            )


def cut_tiles(path: Path, *, side: int, size: int) -> np.ndarray:
    """All tiles of such a slide, side by side: uint8 (tile, size, size, 3)."""
    region = Region(path)
    starts = range(0, side - size + 1, size)
    tiles = np.stack([region.box(x, y, size, size) for y in starts for x in starts])
    region.close()
    return tiles


def _patch(folder: Path) -> Path:
    """A simulated slide of PATCH px, made once."""
    job = phantom_job(folder, "patch", side=PATCH)
    if not job.manifest.exists():
        write_phantom(job)
    return job.outputs["slide"]


def _mosaic(folder: Path, side: int) -> np.ndarray:
    region = Region(_patch(folder))
    patch = region.box(0, 0, PATCH, PATCH)
    region.close()
    across = -(-side // PATCH)
    flips = [patch, patch[::-1], patch[:, ::-1], patch[::-1, ::-1]]
    rows = [np.concatenate([flips[(i + 2 * j) % 4] for i in range(across)], axis=1) for j in range(across)]
    return np.ascontiguousarray(np.concatenate(rows)[:side, :side])


def _write(path: Path, image: np.ndarray, aperio: bool) -> None:
    with aside(path) as partial, tifffile.TiffWriter(partial) as file:
        for level, picture in enumerate(pyramid(image)):
            file.write(
                picture,
                tile=(TILE, TILE),
                photometric="rgb" if aperio else "ycbcr",
                subsampling=None if aperio else (2, 2),
                compression="jpeg",
                compressionargs={"level": 80},
                subfiletype=int(level > 0 and not aperio),
                resolution=(1e4 / MPP / 2**level,) * 2,
                resolutionunit="CENTIMETER",
                metadata=None,
                description=APERIO.format(len(image)) if aperio else None,
            )
