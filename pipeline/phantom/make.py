"""Makes one slide of the simulated cohort."""

import numpy as np

from pipeline.core.digests import digest_file
from pipeline.core.errors import SheetError
from pipeline.core.files import Json, write_json
from pipeline.core.job import Files, Job
from pipeline.core.manifests.slides import PhantomManifest
from pipeline.phantom.annotations import annotations
from pipeline.phantom.fields import UM_PER_PX
from pipeline.phantom.layout import CLASSES, make_layout
from pipeline.phantom.nuclei import make_nuclei
from pipeline.phantom.raster import Raster, paint
from pipeline.phantom.render import concentrations, panck, photograph
from pipeline.phantom.stains import Style, slide_style
from pipeline.phantom.writer import write_planes, write_pyramid

STAINS = ("HE", "IHC")  # beside masks, which are of nuclei whatever they are called
ENDINGS = {"slide": ".tif", "annotations": ".geojson", "truth": ".truth.json", "instances": ".instances.tif"}


def make_phantom(job: Job) -> PhantomManifest:
    """Makes a slide of the simulated cohort.

    Args:
        job: Its spec holds the row of the sheet, the study's seed, the side of the slide in pixels, the noise and
            whether it is one of ``masks``. Its outputs are the ``slide``, its ``annotations``, the ``truth`` and, of
            masks, its ``instances``.

    Returns:
        The digest of each file by its ending.

    Raises:
        SheetError: The row's stain is no mask and none that the phantom knows.
    """
    row, seed, side = job.spec["slide"], job.spec["seed"], job.spec["size"]
    slide, patient, stain = row["slide_id"], row["patient_id"], row["stain"]
    masks = job.spec["masks"]
    if not masks and stain not in STAINS:
        fix = f"one of: {', '.join(STAINS)}, or a stain of kind mask"
        raise SheetError(f"the phantom has no stain {stain!r}", where=f"slide {slide}", fix=fix)
    section = row["paired_with"] or slide
    layout = make_layout(seed=seed, patient=patient, section=section, side=side)
    nuclei = make_nuclei(layout, seed=seed, patient=patient, section=section)
    positive = panck(nuclei, seed=seed, section=section) if stain == "IHC" else None
    raster = paint(nuclei, side, positive=positive)
    style = slide_style(seed, row["site"], slide, stain)
    if masks:
        _write_masks(job.outputs, raster)
    else:
        stains = concentrations(layout, raster, style, seed=seed, slide=slide)
        picture = photograph(stains, style, noise=job.spec["noise"], seed=seed, slide=slide)
        write_pyramid(job.outputs["slide"], picture, quality=style.quality)
    write_json(job.outputs["annotations"], annotations(layout))
    truth = _truth(raster, style, stain, masks=masks)
    write_json(job.outputs["truth"], {**truth, "site": row["site"], "section": section, "scale": layout.nuclear_scale})
    made = [name for name in ENDINGS if name != "instances" or masks]
    return PhantomManifest(
        payload=tuple(job.outputs[name] for name in made),
        slide=slide,
        digests={ENDINGS[name]: digest_file(job.outputs[name]) for name in made},
    )


def _write_masks(outputs: Files, raster: Raster) -> None:
    mask = np.where(raster.instance > 0, np.uint8(255), np.uint8(0))
    write_pyramid(outputs["slide"], np.repeat(mask[..., None], 3, 2), quality=None)
    kind = np.concatenate([[0], raster.kinds + 1])[raster.instance]
    write_planes(outputs["instances"], raster.instance, kind)


def _truth(raster: Raster, style: Style, stain: str, *, masks: bool) -> Json:
    """What is known of the slide. ``stain_matrix``: 3 x 2, unit OD vectors as columns; none for ``masks``."""
    counts = np.bincount(raster.kinds, minlength=len(CLASSES))
    optics = {
        "stains": ["haematoxylin", "DAB" if stain == "IHC" else "eosin"],
        "stain_matrix": style.matrix.tolist(),
        "strengths": list(map(float, style.strengths)),
        "white": list(style.background),
        "blur": style.blur,
    }
    return {
        "mpp": UM_PER_PX,
        "classes": list(CLASSES),
        "nuclei": dict(zip(CLASSES, counts.tolist(), strict=True)),
        **({} if masks else optics),
    }
