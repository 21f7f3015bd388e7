"""The whole ``synpriv apply normalize`` command, against the common way to normalise a slide."""

import resource
import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import yaml

from pipeline.core.console import console
from pipeline.core.files import remove
from pipeline.core.slides.slide import Slide
from pipeline.engine.plan import Plan
from pipeline.engine.run import run
from pipeline.study import normalize
from pipeline.study.sheet import write_sheet
from pipeline.study.study import PARAMS, SHEET

from .command import SYNPRIV, run_in
from .race import Race, race
from .slides import MPP, make_large

SIDE, SIZE, SOME = 40_000, 256, 1024  # px of the slide and of a tile; tiles that the common way is timed on
COMMON = """
import sys, warnings
from pathlib import Path
import numpy as np, openslide
from PIL import Image
from torchstain.numpy.normalizers import NumpyMacenkoNormalizer
path, out, size, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
out.mkdir(parents=True)
warnings.simplefilter("ignore")  # of glass
slide, normalizer = openslide.OpenSlide(path), NumpyMacenkoNormalizer()
across = slide.dimensions[0] // size
for number in range(count):
    x, y = number % across * size, number // across * size
    tile = np.asarray(slide.read_region((x, y), 0, (size, size)).convert("RGB"))
    try:
        tile, _, _ = normalizer.normalize(tile, stains=False)
    except np.linalg.LinAlgError:  # nothing but glass
        pass
    Image.fromarray(tile).save(out / f"{x}_{y}.png")
"""


def races(folder: Path) -> Iterator[Race]:
    """Ours does the slide, its stain found on the way; the common way is slow, and does a part of it."""
    if find_spec("torchstain") is None:
        console.print("no race against torchstain: install it with pip install -e '.[bench]'", markup=False)
        return
    spent: dict[str, float] = {}
    path, study, to = make_large(folder, width=SIDE, height=SIDE), _study(folder), folder / "applied.ome.tif"

    def ours() -> int:
        remove(to)
        began, count = _processor(), (-(-SIDE // SIZE)) ** 2
        run_in(study, SYNPRIV, "apply", "normalize", "--slide", str(path), "--to", str(to))
        spent["ours"] = 1e3 * (_processor() - began) / count
        return count

    def common() -> int:
        remove(study / "png")
        began = _processor()
        run_in(study, sys.executable, "-c", COMMON, str(path), "png", str(SIZE), str(SOME))
        count = sum(1 for _ in (study / "png").iterdir())
        spent["other"] = 1e3 * (_processor() - began) / count
        return count

    found = race(
        f"normalise a slide of {SIDE} px by Macenko, two cores, fit and pyramid included",
        ours,
        common,
        against="OpenSlide loop, torchstain.numpy, one PNG per tile",
        unit="tiles/s",
        aim=25.0,
        rounds=1,
    )
    remove(to)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10  # of either, and ours takes more
    note = (
        f"the common way is timed on {SOME} tiles; processor time {spent['ours']:.2f} ms per tile against "
        f"{spent['other']:.1f} ms; ours takes {peak} MB of memory at most"
    )
    yield replace(found, note=note)


def _processor() -> float:
    """Seconds that processes which have ended took of all cores."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _study(folder: Path) -> Path:
    """A study of three small slides, normalised."""
    study = folder / "applied"
    if not (study / normalize.REFERENCE.manifest()).exists():
        remove(study)
        (study / "data").mkdir(parents=True)
        with chdir(study):
            tile = {"mpp": MPP, "size": SIZE, "stride": SIZE, "phantom": {"size": 1024}}
            PARAMS.write_text(yaml.safe_dump({"tile": tile}))
            splits = {"a": "train", "b": "train", "c": "test"}
            write_sheet(SHEET, [_slide(name, split) for name, split in splits.items()])
            for job in Plan.here().jobs.values():
                if job.phase in ("tile", "normalize"):
                    run(job)
    return study


def _slide(name: str, split: str) -> Slide:
    return Slide(slide_id=name, path=f"data/phantom/{name}.tif", patient_id=name, split=split)  # type: ignore[arg-type]
