"""Heat maps of slides."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from rich.markup import escape

from pipeline.commands.embed.preparation import check_staining, strided
from pipeline.commands.embed.slide import PreparedSlide, RawSlide
from pipeline.commands.embed.slides import named_slides
from pipeline.commands.heatmap.geojson import write_tiles
from pipeline.commands.heatmap.picture import check_shown, draw
from pipeline.commands.heatmap.probe import Labelled, fit_labelled, task_job
from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.preparation import prepared
from pipeline.core.console import console
from pipeline.core.errors import SlideError
from pipeline.core.files import PARTIAL, aside, remove
from pipeline.core.networks.encoder import load_encoder
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

    One that has both already keeps them, and is told.

    Args:
        place: Folder of the encoder.
        task: Of the study in the current folder.
        folder: Where maps go.
        places: Slides, see :func:`pipeline.commands.embed.slides.named_slides`.
        shown: The class whose probability the pictures show; None for the likeliest class.
        slide_mpp: µm per level-0 pixel, whatever files say; a sheet's own counts more.
        stride: From tile to tile, stored pixels; None as in the study.
        batch: Tiles embedded at once.
        threads: Tiles decoded at once.

    Returns:
        The slides that could not be used.

    Raises:
        StudyError: The study has no such task, or the task no such class.
        ProductError: There is no encoder, or none that slides can be normalised for.
    """
    plan = Plan.here()
    job = task_job(plan, task, place)
    done = strided(prepared(preparation(plan.study, plan.study.primary(plan.slides)), job.inputs["cohort"]), stride)
    if done.staining:
        check_staining(done.staining, place)
    cohort = Cohort.read(job.inputs["cohort"])
    slides = list(_without_maps(folder, named_slides(places, done.stain, slide_mpp)))
    if not slides:
        return []
    for slide in slides:
        if slide.slide_id in cohort.members and cohort.members[slide.slide_id].split == "train":
            console.print(f"[yellow]warning[/] {slide.slide_id} is a training slide: the probe may know its tiles")
    tiles = tiles_of(job, cohort)
    check_shown(shown, tiles.names[task])
    folder.mkdir(parents=True, exist_ok=True)
    encoder = load_encoder(place)
    labelled = fit_labelled(task, tiles, cohort, encoder, job.spec["batch"])
    lost: list[str] = []
    for slide in slides:
        with _usable(slide.slide_id, lost):
            cut = PreparedSlide.open(slide, done, threads)
            predicted = [labelled.predict(encoder.embed(images, batch)) for images in cut.blocks(batch)]
            _draw(folder, labelled, cut.raw, np.concatenate(predicted), shown)
    return lost


@contextmanager
def _usable(name: str, lost: list[str]) -> Iterator[None]:
    """Where a slide turns out not to be: it is told, and is one of the lost."""
    try:
        yield
    except SlideError as error:
        lost.append(name)
        console.print(f"[yellow]left out[/] {name}: {escape(str(error))}")


def _without_maps(folder: Path, slides: list[Slide]) -> Iterator[Slide]:
    """Those that have no map in the folder; the others are told."""
    for slide in slides:
        if all(path.exists() for path in _paths(folder, slide.slide_id)):
            console.print(f"[yellow]kept[/] {slide.slide_id}: there is a map already, delete it for another")
        else:
            yield slide


def _paths(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.png", folder / f"{name}.geojson"


def _draw(folder: Path, labelled: Labelled, slide: RawSlide, predicted: np.ndarray, shown: str | None) -> None:
    with _both(*_paths(folder, slide.name)) as (picture, tiles):
        write_tiles(tiles, slide.image.grid.boxes(), predicted, labelled.task, labelled.names)
        draw(picture, slide, predicted, labelled.task, labelled.names, shown)


@contextmanager
def _both(picture: Path, tiles: Path) -> Iterator[tuple[Path, Path]]:
    """Places to write both to; they come to be when both are written, and nothing stays otherwise."""
    try:
        with aside(picture) as one, aside(tiles) as other:
            yield one, other
    finally:
        for path in (picture, tiles):
            remove(path.with_name(path.name + PARTIAL))
