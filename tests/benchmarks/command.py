"""The whole ``synpriv tile slide`` command, against the common way to cut a slide."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import yaml

from pipeline.core.manifests.slides import TileManifest
from pipeline.engine.closure import CODE

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
    pd.DataFrame(_cohort(path)).to_csv(study / "data" / "slides.csv", index=False)

    def ours() -> int:
        run_in(study, SYNPRIV, "tile", "slide", "a")
        return TileManifest.read(study / "data/tiles/a.json").tiles

    def common() -> int:
        shutil.rmtree(study / "png", ignore_errors=True)
        run_in(study, sys.executable, "-c", COMMON, str(path), "png", str(SIZE), "0")
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


def _cohort(path: Path) -> list[dict[str, str]]:
    """Rows of the smallest sheet that the demo's study accepts; only its first slide is cut."""
    rows = []
    for name, split in (("a", "train"), ("b", "test")):
        same = {"patient_id": name, "path": str(path), "site": "x", "split": split}
        rows.append({"slide_id": name, "stain": "HE", "label": "tissue", **same})
        rows += [
            {"slide_id": f"{name}-{stain}", "stain": stain, "paired_with": name, **same} for stain in ("IHC", "nuclei")
        ]
    return rows


def run_in(study: Path, *command: str) -> None:
    """Runs a command in a study's folder, with this checkout's code before whatever else is to be found."""
    paths = os.pathsep.join([str(CODE.parent), os.environ.get("PYTHONPATH", "")])
    subprocess.run(command, cwd=study, env={**os.environ, "PYTHONPATH": paths}, check=True)
