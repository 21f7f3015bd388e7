"""The whole ``synpriv tile slide`` command, against the common way to cut a slide."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from pipeline.core.files import read_json
from pipeline.engine.closure import CODE
from pipeline.study.sheet import Slide, write_sheet

from .race import Race, race
from .slides import MPP, make_slide

SYNPRIV = str(Path(sys.executable).with_name("synpriv"))
SIDE, SIZE = 16384, 256
COMMON = """
import sys
from pathlib import Path
import numpy as np, openslide
from skimage.filters import threshold_otsu
path, out, size, least = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
out.mkdir(parents=True)
slide = openslide.OpenSlide(path)
thumbnail = np.asarray(slide.get_thumbnail((1024, 1024)).convert("L"))
tissue = thumbnail < threshold_otsu(thumbnail)
width, height = slide.dimensions
scale = thumbnail.shape[1] / width
for y in range(0, height - size + 1, size):
    for x in range(0, width - size + 1, size):
        top, left, side = int(y * scale), int(x * scale), max(1, int(size * scale))
        if tissue[top : top + side, left : left + side].mean() >= least:
            slide.read_region((x, y), 0, (size, size)).convert("RGB").save(out / f"{x}_{y}.png")
"""


def races(folder: Path) -> Iterator[Race]:
    """Both cut every tile of the slide, so that both do the same work."""
    path, study = make_slide(folder, side=SIDE), folder / "study"
    shutil.rmtree(study, ignore_errors=True)
    (study / "data").mkdir(parents=True)
    params = yaml.safe_load((CODE.parent / "params.yaml").read_text())
    params["tile"] = {"mpp": MPP, "size": SIZE, "stride": SIZE, "min_tissue": 0.0}
    (study / "params.yaml").write_text(yaml.safe_dump(params))
    write_sheet(study / "data" / "slides.csv", _cohort(path))

    def ours() -> int:
        _run(study, SYNPRIV, "tile", "slide", "a")
        return int(read_json(study / "data/tiles/a.json")["tiles"])

    def common() -> int:
        shutil.rmtree(study / "png", ignore_errors=True)
        _run(study, sys.executable, "-c", COMMON, str(path), "png", str(SIZE), "0")
        return sum(1 for _ in (study / "png").iterdir())

    yield race(
        f"tile a slide of {SIDE} px, two cores, tissue mask and store included",
        ours,
        common,
        against="OpenSlide loop, Otsu, one PNG per tile",
        unit="tiles/s",
        aim=10.0,
        rounds=1,
    )


def _cohort(path: Path) -> list[Slide]:
    """The smallest cohort that the demo's study accepts; only its first slide is cut."""
    rows = []
    for name, split in (("a", "train"), ("b", "test")):
        others = (
            Slide(
                slide_id=f"{name}-{s}",
                path=str(path),
                patient_id=name,
                site="x",
                stain=s,
                split=split,
                paired_with=name,
            )
            for s in ("IHC", "nuclei")
        )
        rows += [
            Slide(slide_id=name, path=str(path), patient_id=name, site="x", stain="HE", split=split, label="tissue"),
            *others,
        ]
    return rows


def _run(study: Path, *command: str) -> None:
    subprocess.run(command, cwd=study, env={**os.environ, "PYTHONPATH": str(CODE.parent)}, check=True)
