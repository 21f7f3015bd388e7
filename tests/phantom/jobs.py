"""Jobs that make simulated slides, as the study plans them."""

from pathlib import Path
from typing import Any

from pipeline.core.files import write_json
from pipeline.core.job import Job
from pipeline.phantom.make import ENDINGS, make_phantom

SIDE = 1024


def phantom_job(
    folder: Path, slide: str, *, side: int = SIDE, seed: int = 0, noise: float = 0.02, masks: bool = False, **more: Any
) -> Job:
    """The job of one slide of ``folder``; ``more`` are cells of its row of the sheet. ``nuclei`` are ``masks``."""
    masks |= more.get("stain") == "nuclei"
    row = {"patient_id": "A1", "site": "siteA", "stain": "HE", "split": "train", "paired_with": "", **more}
    return Job(
        phase="tile",
        rule="tile_phantom",
        key=(slide,),
        code={"maker": "pipeline.phantom.make:make_phantom"},
        inputs={},
        outputs={"manifest": folder / f"{slide}.json", **{n: folder / (slide + end) for n, end in ENDINGS.items()}},
        spec={"size": side, "noise": noise, "seed": seed, "masks": masks, "slide": {"slide_id": slide, **row}},
    )


def write_phantom(job: Job) -> None:
    """Makes the slide and writes its manifest."""
    write_json(job.manifest, make_phantom(job).model_dump(mode="json"))
