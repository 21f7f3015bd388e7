"""The slides that the benchmarks read: simulated tissue, written as scanners and converters write it."""

from pathlib import Path

import numpy as np
import tifffile

from pipeline.core.files import aside
from pipeline.core.slides.region import Region
from pipeline.phantom.writer import pyramid
from tests.phantom.jobs import phantom_job, write_phantom

MPP, PATCH = 0.5, 2048
APERIO = "Aperio Image Library v1.0\n{0}x{0} [0,0 {0}x{0}] (256x256) JPEG/RGB Q=80|AppMag = 20|MPP = 0.5"


def make_slide(folder: Path, *, side: int, aperio: bool = False) -> Path:
    """A JPEG pyramid of ``side`` x ``side`` px at 0.5 µm/px, made once: a simulated slide, repeated with flips."""
    path = folder / f"slide-{side}.{'svs' if aperio else 'tif'}"
    if not path.exists():
        _write(path, _mosaic(folder, side), aperio)
    return path


def cut_tiles(path: Path, *, side: int, size: int) -> np.ndarray:
    """All tiles of such a slide, side by side: uint8 (tile, size, size, 3)."""
    region = Region(path)
    starts = range(0, side - size + 1, size)
    tiles = np.stack([region.box(x, y, size, size) for y in starts for x in starts])
    region.close()
    return tiles


def _mosaic(folder: Path, side: int) -> np.ndarray:
    job = phantom_job(folder, "patch", side=PATCH)
    if not job.manifest.exists():
        write_phantom(job)
    region = Region(job.outputs["slide"])
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
                tile=(256, 256),
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
