"""Cuts one slide into a tile store, or puts it into quarantine."""

from pathlib import Path

import numpy as np
from rich.markup import escape

from pipeline.core.console import console
from pipeline.core.files import PARTIAL, Json, read_json, remove
from pipeline.core.job import Job
from pipeline.core.manifests.slides import TileManifest
from pipeline.core.measures.histogram import LEVELS
from pipeline.core.slides.slide import Slide
from pipeline.core.store.store import HISTOGRAM, write_store
from pipeline.tile.contours import write_contours
from pipeline.tile.image import ImageTiles, find_tiles
from pipeline.tile.partner import read_partner
from pipeline.tile.pixels import counted, open_labels, read_blocks, tile_arrays
from pipeline.tile.request import Request
from pipeline.tile.stage import UnfitError, stage
from pipeline.tile.thumbnail import montage, save


def make_tiles(job: Job, threads: int = 1) -> TileManifest:
    """Writes a slide's tile store, its thumbnail and, of a single image, the contours of its tissue.

    A slide that cannot be used gives a manifest of status ``quarantined`` with stage, error and fix, and no store.

    Args:
        job: Its spec holds the row of the sheet and the ``tile`` section.
        threads: Tiles decoded at once; what is written does not depend on it.
    """
    slide = Slide(**job.spec["slide"])
    request = Request.of(job.spec, slide, job.inputs.get("coordinates"))
    facts: Json = {
        "slide": slide.slide_id,
        "patient": slide.patient_id,
        "site": slide.site,
        "stain": slide.stain,
        "split": slide.split,
        "paired_with": slide.paired_with,
    }
    try:
        images = find_images(request, job.inputs.get("partner"))
        pictures = _draw(job, images)
        store = _store(job, request, images, facts, threads)
    except UnfitError as error:
        for path in job.outputs.values():
            remove(path)
            remove(path.with_name(path.name + PARTIAL))
        console.print(f"[yellow]quarantined[/] {slide.slide_id} ({error.stage}): {escape(str(error))}")
        return TileManifest(status="quarantined", **facts, **error.facts())
    truth = read_json(job.inputs["truth"]) if "truth" in job.inputs else None
    return TileManifest(**facts, **store, **pictures, payload=(store["store"], *pictures.values()), truth=truth)


def find_images(request: Request, partner: Path | None) -> list[ImageTiles]:
    """What is cut from each image of a slide; some tile at least.

    Args:
        request: The slide, and what is asked of its tiles.
        partner: Manifest of the slide that it is registered to.

    Raises:
        UnfitError: There is nothing, or an image cannot be used.
    """
    paths, partners = request.images(), None
    if partner:
        with stage("partner"):
            partners = read_partner(partner, images=[path.name for path in paths], where=request.slide.path)
    images = [
        find_tiles(request, path, partners[place] if partners else None, place=place, images=len(paths))
        for place, path in enumerate(paths)
    ]
    with stage("tissue"):
        request.check_any(sum(len(image.grid.xy) for image in images))
    return images


def _draw(job: Job, images: list[ImageTiles]) -> Json:
    """Writes the thumbnail and, of a single image whose tissue was looked for, its contours; returns their paths."""
    written = {"thumbnail": job.outputs["thumbnail"]}
    save(written["thumbnail"], montage([image.picture for image in images if image.picture is not None]))
    remove(job.outputs["contours"])
    outline = images[0].outline
    if len(images) == 1 and outline is not None:
        written["contours"] = job.outputs["contours"]
        write_contours(written["contours"], outline)
    return written


def _store(job: Job, request: Request, images: list[ImageTiles], facts: Json, threads: int) -> Json:
    """Reads the tiles and writes the store; returns what the manifest says of it."""
    first, path = images[0], job.outputs["store"]
    level0 = {"mpp": first.mpp, "width": first.width, "height": first.height}
    attributes: Json = {**facts, "mpp": request.mpp, "level0": level0}
    columns = {
        "xy": np.concatenate([image.grid.xy for image in images]),
        "tissue": np.concatenate([image.tissue for image in images]),
    }
    if len(images) > 1:
        columns["region"] = np.repeat(np.arange(len(images), dtype=np.int32), [len(image.grid.xy) for image in images])
        attributes["regions"] = [image.path.name for image in images]
        attributes["sizes"] = [(image.width, image.height) for image in images]
    if request.invert:
        attributes["inverted"] = True
    labels: dict[str, int] = {}
    if first.label is not None:
        label = np.concatenate([image.label for image in images if image.label is not None])
        columns["label"], attributes["label_names"] = label, first.names
        labels = {name: int(np.count_nonzero(label == index)) for index, name in enumerate(first.names)}
    with open_labels(job.inputs.get("instances"), images) as pixels:
        blocks, arrays = read_blocks(request, images, pixels, threads), tile_arrays(request, pixels)
        if request.histogram:
            columns[HISTOGRAM] = np.zeros((len(columns["xy"]), 3, LEVELS), np.uint32)
            blocks = counted(blocks, columns[HISTOGRAM])
        digests = write_store(path, blocks, columns, attributes, size=request.size, arrays=arrays)
    grid = {"mpp": request.mpp, "size": request.size, "stride": request.stride, "level0": level0}
    return {"store": path, "tiles": len(columns["xy"]), **grid, "digests": digests, "labels": labels}
