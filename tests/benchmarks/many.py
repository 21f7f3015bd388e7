"""Slides of thousands of small images, as public sets of tiles are, against reading the same files and no more."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from PIL import Image

from pipeline.core.manifests.slides import TileManifest
from pipeline.core.slides.listing import write_list

from .command import SYNPRIV, run_in
from .race import Race, race

IMAGES, DRAWN, SIDE, SLIDES = 10_000, 200, 96, 4
COMMON = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
for path in sorted(Path(sys.argv[1]).rglob("*.*")):
    with Image.open(path) as image:
        np.asarray(image.convert("RGB"))
"""
PARAMS = {
    "tile": {"mpp": 1.0, "size": SIDE, "stride": SIDE, "min_tissue": 0.0},
    "normalize": {"method": "none"},
    "pretrain": {"arms": {"untrained": {"objective": "untrained"}}, "seeds": [0]},
}


def races(folder: Path) -> Iterator[Race]:
    """A job per slide, one after another, each with its start, its tissue mask, its recipe and its store."""
    for ending, more in (("jpg", {"quality": 85}), ("png", {})):
        study = _study(folder / f"many-{ending}", ending, more)

        def ours(study: Path = study) -> int:
            for slide in range(SLIDES):
                run_in(study, SYNPRIV, "tile", "slide", f"s{slide}")
            return sum(TileManifest.read(study / f"data/tiles/s{slide}.json").tiles for slide in range(SLIDES))

        def common(study: Path = study) -> int:
            run_in(study, sys.executable, "-c", COMMON, "raw")
            return IMAGES

        yield race(
            f"tile {IMAGES:,} {ending.upper()} files of {SIDE} px in {SLIDES} slides",
            ours,
            common,
            against="Pillow, which reads them and no more",
            unit="images/s",
            aim=0.2,
            rounds=1,
        )


def _study(study: Path, ending: str, more: dict[str, int]) -> Path:
    """The files, made once from a few drawn ones, and a study of them."""
    if not (study / "data/slides.csv").exists():
        shutil.rmtree(study, ignore_errors=True)
        _draw(study / "raw", ending, more)
        (study / "data").mkdir()
        (study / "params.yaml").write_text(yaml.safe_dump(PARAMS))
        rows = []
        for slide in range(SLIDES):
            names = sorted(path.name for path in (study / f"raw/s{slide}").iterdir())
            write_list(study / f"data/s{slide}.txt", Path(f"raw/s{slide}"), names)
            split = "test" if slide == SLIDES - 1 else "train"
            rows.append(
                {"slide_id": f"s{slide}", "path": f"data/s{slide}.txt", "mpp": 1.0, "split": split, "label": "x"}
            )
        pd.DataFrame(rows).to_csv(study / "data/slides.csv", index=False)
    return study


def _draw(folder: Path, ending: str, more: dict[str, int]) -> None:
    rng = np.random.default_rng(0)
    for number in range(DRAWN):
        coarse = rng.integers(-30, 30, (SIDE // 4, SIDE // 4, 1)).repeat(4, 0).repeat(4, 1)
        pixels = np.clip(np.array([170, 90, 160]) + coarse + rng.integers(-5, 5, (SIDE, SIDE, 3)), 0, 255)
        for copy in range(number, IMAGES, DRAWN):
            path = folder / f"s{copy % SLIDES}/{copy:06}.{ending}"
            if copy == number:
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels.astype(np.uint8)).save(path, **more)
                content = path.read_bytes()
            else:
                path.write_bytes(content)
