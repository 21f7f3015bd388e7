"""Makes one slide of the simulated cohort."""

from pathlib import Path

import numpy as np

from pipeline.core.digests import digest_file
from pipeline.core.errors import SheetError
from pipeline.core.files import Json, write_json
from pipeline.core.job import Job
from pipeline.phantom.annotations import annotations
from pipeline.phantom.fields import UM_PER_PX
from pipeline.phantom.layout import CLASSES, make_layout
from pipeline.phantom.nuclei import make_nuclei
from pipeline.phantom.raster import Raster, paint
from pipeline.phantom.render import concentrations, expose, panck
from pipeline.phantom.stains import Style, slide_style
from pipeline.phantom.writer import write_planes, write_pyramid

STAINS = ("HE", "IHC", "nuclei")


def make_phantom(job: Job) -> Json:
    """Writes the slide, its annotations and its truth beside the job's manifest; returns the manifest.

    Raises:
        SheetError: The row's stain is none that the phantom knows.
    """
    row, seed, side = job.spec["slide"], job.spec["seed"], job.spec["size"]
    slide, patient, stain = row["slide_id"], row["patient_id"], row["stain"]
    if stain not in STAINS:
        raise SheetError(
            f"the phantom has no stain {stain!r}", where=f"slide {slide}", fix=f"one of: {', '.join(STAINS)}"
        )
    section = row["paired_with"] or slide
    layout = make_layout(seed=seed, patient=patient, section=section, side=side)
    nuclei = make_nuclei(layout, seed=seed, patient=patient, section=section)
    positive = panck(nuclei, seed=seed, section=section) if stain == "IHC" else None
    raster = paint(nuclei, side, positive=positive)
    style = slide_style(seed, row["site"], slide, stain)
    files = {name: job.manifest.with_name(slide + name) for name in (".tif", ".geojson", ".truth.json")}
    if stain == "nuclei":
        files[".instances.tif"] = job.manifest.with_name(slide + ".instances.tif")
        _write_masks(files, raster)
    else:
        stains = concentrations(layout, raster, style, seed=seed, slide=slide)
        picture = expose(stains, style, noise=job.spec["noise"], seed=seed, slide=slide)
        write_pyramid(files[".tif"], picture, quality=style.quality)
    write_json(files[".geojson"], annotations(layout))
    truth = _truth(raster, style, stain)
    write_json(files[".truth.json"], {**truth, "site": row["site"], "section": section, "scale": layout.nuclear_scale})
    return {"slide": slide, "status": "complete", "digests": {name: digest_file(path) for name, path in files.items()}}


def _write_masks(files: dict[str, Path], raster: Raster) -> None:
    mask = np.where(raster.instance > 0, np.uint8(255), np.uint8(0))
    write_pyramid(files[".tif"], np.repeat(mask[..., None], 3, 2), quality=None)
    kind = np.concatenate([[0], raster.kinds + 1])[raster.instance]
    write_planes(files[".instances.tif"], raster.instance, kind)


def _truth(raster: Raster, style: Style, stain: str) -> Json:
    """What is known of the slide. ``stain_matrix``: 3 x 2, unit OD vectors as columns; none for a mask."""
    counts = np.bincount(raster.kinds, minlength=len(CLASSES))
    optics = {
        "stains": ["haematoxylin", "DAB" if stain == "IHC" else "eosin"],
        "stain_matrix": style.matrix.tolist(),
        "strengths": list(map(float, style.strengths)),
        "white": list(style.white),
        "blur": style.blur,
    }
    return {
        "mpp": UM_PER_PX,
        "classes": list(CLASSES),
        "nuclei": dict(zip(CLASSES, counts.tolist(), strict=True)),
        **(optics if stain != "nuclei" else {}),
    }
