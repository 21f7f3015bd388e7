"""Inspection of every slide of a cohort."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.commands.check.inspection import Inspection
from pipeline.commands.check.inspector import inspect_slide
from pipeline.commands.check.pool import LostError, answers
from pipeline.core.console import track
from pipeline.core.slides.label_source import Frame
from pipeline.phantom.fields import UM_PER_PX
from pipeline.tile.order import check_order
from pipeline.tile.partner import check_begins, check_complete, check_images, check_reach, check_size
from pipeline.tile.request import Request
from pipeline.tile.stage import UnfitError, stage

KEPT = 8  # slides of each stain whose sample tiles are kept


def survey(
    requests: Mapping[str, Request], *, simulated: Mapping[str, int], workers: int, seconds: float
) -> dict[str, Inspection]:
    """Inspects slides, each in a process that may hang or fail alone.

    Args:
        requests: The slides, and what is asked of their tiles.
        simulated: Slides that the study makes itself, which are counted by arithmetic, and their side in pixels.
        workers: Processes.
        seconds: That one image may take.

    Returns:
        By slide, in the order of the requests.
    """
    kept: Counter[str] = Counter()
    tasks = []
    for name, request in requests.items():
        if name not in simulated:
            kept[request.slide.stain] += 1
            keep = kept[request.slide.stain] <= KEPT
            tasks.append(((request, keep), seconds * _files(request)))
    opened = iter(track(answers(inspect_slide, tasks, workers=workers), "slides", len(tasks)))
    alone = {
        name: _simulated(request, simulated[name]) if name in simulated else _answer(next(opened))
        for name, request in requests.items()
    }
    plain = {name: found for name, found in alone.items() if not requests[name].slide.paired_with}
    return {name: plain.get(name) or paired(requests[name], found, plain) for name, found in alone.items()}


def _files(request: Request) -> int:
    """Images of a slide, or files where these are more; one at least."""
    try:
        return max(1, len(request.images()), len(request.slide.files()))
    except UnfitError:  # told when it is inspected
        return 1


def _answer(answer: Inspection | LostError) -> Inspection:
    if isinstance(answer, Inspection):
        return answer
    return Inspection(stage="check", error=str(answer), fix="copy or export the file again, or leave the slide out")


def _simulated(request: Request, side: int) -> Inspection:
    """What a simulated slide of ``side`` pixels gives, which need not be there yet."""
    path = request.slide.path
    try:
        with stage("open"):
            request.check_resolution(UM_PER_PX, path)
        grid = request.own_grid(width=side, height=side, mpp=UM_PER_PX)
        with stage("tissue"):
            request.check_room(grid, width=side, height=side, mpp=UM_PER_PX, where=path)
    except UnfitError as error:
        return Inspection(**error.facts())
    return Inspection(tiles=len(grid.xy))


def paired(request: Request, own: Inspection, plain: Mapping[str, Inspection]) -> Inspection:
    """What a registered slide gives: its partner's tiles, if it has them all.

    Args:
        request: The slide, and what is asked of its tiles.
        own: What was found in it alone.
        plain: What was found in the slides that others are registered to.
    """
    if not own.fit:
        return own
    name, where = request.slide.paired_with, request.slide.path
    partner = plain[name]
    try:
        with stage("partner"):
            check_complete(name, partner.error, partner.fix, where=where)
            if own.images and partner.images:  # neither is simulated
                check_images(name, len(partner.images), images=len(own.images), where=where)
                if len(own.images) > 1:
                    theirs, names = ([Path(image.path).name for image in found.images] for found in (partner, own))
                    check_order(name, theirs, names, where=where)
                own = _placed(request, own, partner)
                for image, other in zip(own.images, partner.images, strict=True):
                    reach = np.array(other.reach) / image.mpp
                    check_reach(reach, width=image.width, height=image.height, where=image.path)
    except UnfitError as error:
        return replace(own, tiles=0, **error.facts())
    return replace(own, tiles=partner.tiles, counted=partner.counted)


def _placed(request: Request, own: Inspection, partner: Inspection) -> Inspection:
    """Labels in the frame of the images that they belong to; other slides as they are.

    Raises:
        SlideError: They are of another size, or reach beyond the image.
    """
    if request.labels is None:
        return own
    images = []
    for image, other in zip(own.images, partner.images, strict=True):
        mpp = request.slide.mpp or other.mpp
        frame = Frame(other.mpp, (other.width, other.height))
        if image.sized:
            check_size(frame, mpp=mpp, width=image.width, height=image.height, where=image.path)
            images.append(replace(image, mpp=mpp))
        else:
            check_begins(frame.at(mpp), image.begins, where=image.path)
            images.append(replace(image, mpp=other.mpp, width=other.width, height=other.height))
    return replace(own, images=tuple(images))
