"""The slides that the benchmarks read: simulated tissue, written as scanners and converters write it."""

from pathlib import Path

import numpy as np
import tifffile

from pipeline.core.job import Job
from pipeline.core.slides.region import Region
from pipeline.phantom.make import make_phantom
from pipeline.phantom.writer import pyramid
from pipeline.study.sheet import Slide

MPP, PATCH = 0.5, 2048
APERIO = "Aperio Image Library v1.0\n{0}x{0} [0,0 {0}x{0}] (256x256) JPEG/RGB Q=80|AppMag = 20|MPP = 0.5"


def make_slide(folder: Path, *, side: int, aperio: bool = False) -> Path:
    """A JPEG pyramid of ``side`` x ``side`` px at 0.5 µm/px, made once: a simulated slide, repeated with flips."""
    path = folder / f"slide-{side}.{'svs' if aperio else 'tif'}"
    if not path.exists():
        _write(path, _mosaic(folder, side), aperio)
    return path


def _mosaic(folder: Path, side: int) -> np.ndarray:
    row = Slide(
        slide_id="patch", path=str(folder / "patch.tif"), patient_id="A1", site="siteA", stain="HE", split="train"
    )
    spec = {"size": PATCH, "noise": 0.02, "seed": 0, "slide": row.row()}
    job = Job("tile", "tile_phantom", ("patch",), folder / "patch.json", (), spec)
    if not job.manifest.exists():
        job.run(make_phantom)
    region = Region(folder / "patch.tif")
    patch = region.box(0, 0, PATCH, PATCH)
    region.close()
    across = -(-side // PATCH)
    flips = [patch, patch[::-1], patch[:, ::-1], patch[::-1, ::-1]]
    rows = [np.concatenate([flips[(i + 2 * j) % 4] for i in range(across)], axis=1) for j in range(across)]
    return np.ascontiguousarray(np.concatenate(rows)[:side, :side])


def _write(path: Path, image: np.ndarray, aperio: bool) -> None:
    partial = path.with_name(path.name + ".partial")
    with tifffile.TiffWriter(partial) as file:
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
    partial.replace(path)
