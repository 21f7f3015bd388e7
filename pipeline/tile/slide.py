"""Cuts one slide into a tile store, or puts it into quarantine."""

import shutil
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

import numpy as np
from rich.markup import escape

from pipeline.core.console import console, track
from pipeline.core.errors import SlideError
from pipeline.core.files import Json, read_json
from pipeline.core.job import Job
from pipeline.core.store.store import write_store
from pipeline.study.sheet import Slide
from pipeline.tile.contours import write_contours
from pipeline.tile.cuts import Cut, Cutter
from pipeline.tile.partner import read_partner
from pipeline.tile.thumbnail import montage, save

T = TypeVar("T")
BLOCK = 64  # tiles held at once beside the store's own shard


def make_tiles(job: Job, threads: int = 1) -> Json:
    """Writes a slide's tile store, thumbnail and, of a single image, contours of its tissue; returns the manifest.

    A slide that cannot be used gives a manifest of status ``quarantined`` with stage, error and fix,
    and no store.

    Args:
        job: Its spec holds the row of the sheet and the ``tile`` section.
        threads: Tiles decoded at once; what is written does not depend on it.
    """
    slide = Slide(**job.spec["slide"])
    facts = {
        "slide": slide.slide_id,
        "patient": slide.patient_id,
        "site": slide.site,
        "stain": slide.stain,
        "split": slide.split,
        "paired_with": slide.paired_with,
    }
    cutter = Cutter(slide, job.spec)
    try:
        cuts = cutter.by_partner(read_partner(job.inputs, slide)) if slide.paired_with else cutter.by_tissue()
        return {"status": "complete", **facts, **_write(job, cutter, cuts, facts, threads)}
    except SlideError as error:
        for leftover in (job.store, job.store.with_name(job.store.name + ".partial")):
            shutil.rmtree(leftover, ignore_errors=True)
        for leftover in (_thumbnail(job), _contours(job)):
            leftover.unlink(missing_ok=True)
        console.print(f"[yellow]quarantined[/] {slide.slide_id} ({cutter.stage}): {escape(str(error))}")
        reason = f"{error.message} ({error.where})" if error.where else error.message
        return {"status": "quarantined", **facts, "stage": cutter.stage, "error": reason, "fix": error.fix}


def _write(job: Job, cutter: Cutter, cuts: list[Cut], facts: Json, threads: int) -> Json:
    spec, first = job.spec, cuts[0]
    level0 = {"mpp": first.mpp, "width": first.width, "height": first.height}
    attributes = {**facts, "mpp": spec["mpp"], "level0": level0}
    columns = {
        "xy": np.concatenate([cut.grid.xy for cut in cuts]),
        "tissue": np.concatenate([cut.tissue for cut in cuts]),
    }
    if len(cuts) > 1:
        columns["region"] = np.repeat(np.arange(len(cuts), dtype=np.int32), [len(cut.grid.xy) for cut in cuts])
        attributes["regions"] = [cut.path.name for cut in cuts]
    labels: dict[str, int] = {}
    if first.label is not None:
        label = np.concatenate([cut.label for cut in cuts if cut.label is not None])
        columns["label"], attributes["label_names"] = label, first.names
        labels = {name: int(np.count_nonzero(label == index)) for index, name in enumerate(first.names)}
    save(_thumbnail(job), montage([cut.picture for cut in cuts if cut.picture is not None]))
    contours = None
    _contours(job).unlink(missing_ok=True)
    if len(cuts) == 1 and first.tissue_outline is not None:
        contours = _contours(job).as_posix()
        write_contours(_contours(job), first.tissue_outline)
    blocks = _blocks(cutter, cuts, spec["size"], threads)
    digests = write_store(job.store, blocks, columns, attributes, size=spec["size"])
    return {
        "store": job.store.as_posix(),
        "tiles": len(columns["xy"]),
        "mpp": spec["mpp"],
        "size": spec["size"],
        "stride": spec["stride"],
        "level0": level0,
        "thumbnail": _thumbnail(job).as_posix(),
        "contours": contours,
        "digests": digests,
        "labels": labels,
        "truth": _truth(cutter.files),
    }


def _blocks(cutter: Cutter, cuts: list[Cut], size: int, threads: int) -> Iterator[np.ndarray]:
    """Tiles in order, some at a time: uint8 (tile, size, size, 3). The next are decoded while some are written."""
    count = sum(-(-len(cut.grid.xy) // BLOCK) for cut in cuts)
    with ThreadPoolExecutor(threads) as pool:
        for tiles in track(_ahead(_submitted(pool, cutter, cuts, size)), cutter.slide.slide_id, count):
            yield np.stack([tile.result() for tile in tiles])


def _submitted(pool: Executor, cutter: Cutter, cuts: list[Cut], size: int) -> Iterator[list[Future[np.ndarray]]]:
    for cut in cuts:
        if not len(cut.grid.xy):
            continue
        region = cutter.open(cut.path)
        cutter.stage = "tiles"
        corners, side = cut.grid.xy.tolist(), cut.grid.side
        for start in range(0, len(corners), BLOCK):
            tiles = [pool.submit(region.box, x, y, side, size) for x, y in corners[start : start + BLOCK]]
            yield tiles
        wait(tiles)
        region.close()


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each asked for before the one in front of it is handed out."""
    held = next(items)
    for item in items:
        yield held
        held = item
    yield held


def _thumbnail(job: Job) -> Path:
    return job.folder.with_name(job.folder.name + ".png")


def _contours(job: Job) -> Path:
    return job.folder.with_name(job.folder.name + ".tissue.geojson")


def _truth(files: list[Path]) -> Json | None:
    """What a simulated slide's maker knows of it."""
    path = files[0].with_name(files[0].stem + ".truth.json")
    return read_json(path) if len(files) == 1 and path.is_file() else None
