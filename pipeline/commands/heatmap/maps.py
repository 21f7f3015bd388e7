"""Heat maps of slides."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from rich.markup import escape

from pipeline.commands.embed.preparation import strided
from pipeline.commands.embed.slide import PreparedSlide
from pipeline.commands.embed.slides import named_slides
from pipeline.commands.heatmap.geojson import write_tiles
from pipeline.commands.heatmap.picture import check_shown, draw
from pipeline.commands.heatmap.probe import Probe, fit_probe, task_job
from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.preparation import prepared
from pipeline.core.console import console
from pipeline.core.errors import ProductError, SlideError
from pipeline.core.networks.encoder import Encoder, load_encoder
from pipeline.core.slides.slide import Slide
from pipeline.engine.plan import Plan
from pipeline.evaluate.probe_scores import tiles_of
from pipeline.study.preparation import preparation


def draw_maps(
    place: Path,
    task: str,
    folder: Path,
    places: Iterable[str],
    *,
    shown: str | None,
    slide_mpp: float | None,
    stride: int | None,
    batch: int,
    threads: int,
) -> list[str]:
    """Writes ``{slide}.png`` and ``{slide}.geojson``; a slide that cannot be used is told, the others go on.

    Args:
        place: Folder of the encoder.
        task: Of the study in the current folder.
        folder: Where maps go.
        places: Slides, see :func:`pipeline.commands.embed.slides.named_slides`.
        shown: The class whose probability the pictures show; None for the likeliest class.
        slide_mpp: µm per level-0 pixel of slides that say none.
        stride: From tile to tile, stored pixels; None as in the study.
        batch: Tiles embedded at once.
        threads: Tiles decoded at once.

    Returns:
        The slides that could not be used.

    Raises:
        StudyError: The study has no such task, or the task no such class.
        ProductError: There is no encoder, or a map of the slide already.
    """
    plan = Plan.here()
    job = task_job(plan, task, place)
    done = strided(prepared(preparation(plan.study, plan.study.primary(plan.slides)), job.inputs["cohort"]), stride)
    slides = named_slides(places, done.stain, slide_mpp)
    for slide in slides:
        _check_new(folder, slide)
        if slide.slide_id in plan.slides and plan.slides[slide.slide_id].split == "train":
            console.print(f"[yellow]warning[/] {slide.slide_id} is a training slide: the probe may know its tiles")
    encoder, cohort = load_encoder(place), Cohort.read(job.inputs["cohort"])
    tiles = tiles_of(job, cohort)
    check_shown(shown, tiles.names[task])
    probe = fit_probe(task, tiles, cohort, encoder, job.spec["batch"])
    lost = []
    for slide in slides:
        try:
            _draw(folder, encoder, probe, PreparedSlide.open(slide, done, threads), shown, batch)
        except SlideError as error:
            lost.append(slide.slide_id)
            console.print(f"[yellow]left out[/] {slide.slide_id}: {escape(str(error))}")
    return lost


def _check_new(folder: Path, slide: Slide) -> None:
    for path in _paths(folder, slide.slide_id):
        if path.exists():
            raise ProductError("there is a map already", where=str(path), fix="name another folder, or delete it")


def _paths(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.png", folder / f"{name}.geojson"


def _draw(folder: Path, encoder: Encoder, probe: Probe, slide: PreparedSlide, shown: str | None, batch: int) -> None:
    features = np.concatenate([encoder.embed(images, batch) for images in slide.blocks(batch)])
    predicted = probe.predict(features)
    picture, tiles = _paths(folder, slide.raw.name)
    write_tiles(tiles, slide.raw.image.grid.boxes(), predicted, probe.task, probe.names)
    draw(picture, slide.raw, predicted, probe.task, probe.names, shown)
