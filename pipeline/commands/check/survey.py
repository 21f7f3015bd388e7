"""A look into every slide of a cohort."""

import os
from collections import Counter
from dataclasses import replace

from pipeline.commands.check.inspection import Probe, look
from pipeline.commands.check.workers import LostError, answers
from pipeline.core.console import track
from pipeline.core.slides.region import ENLARGE
from pipeline.engine.plan import Plan
from pipeline.phantom.fields import UM_PER_PX
from pipeline.study.sheet import Slide
from pipeline.study.study import Study
from pipeline.tile.grid import make_grid

KEPT = 8  # slides of each stain whose sample tiles are kept


def survey(plan: Plan, *, workers: int, seconds: float) -> dict[str, Probe]:
    """Looks into the slides, each in a process that may hang or fail alone.

    Args:
        plan: The study's plan. Slides that it simulates are counted by arithmetic.
        workers: Processes.
        seconds: That one image may take.

    Returns:
        By slide, in the order of the sheet.
    """
    made = {name for name in plan.slides if ("tile_phantom", name) in plan.jobs}
    kept: Counter[str] = Counter()
    tasks = []
    for name, slide in plan.slides.items():
        if name not in made:
            kept[slide.stain] += 1
            spec = plan.job("tile", name).spec
            tasks.append(((spec, kept[slide.stain] <= KEPT), seconds * max(1, len(slide.files()))))
    found = iter(track(answers(look, tasks, workers=workers), "slides", len(tasks)))
    simulated = _simulated(plan.study) if made else Probe()
    probes = {name: simulated if name in made else _probe(next(found)) for name in plan.slides}
    plain = {name: probe for name, probe in probes.items() if not plan.slides[name].paired_with}
    return {name: plain.get(name) or _paired(plan.slides[name], probe, plain) for name, probe in probes.items()}


def processes() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _probe(answer: Probe | LostError) -> Probe:
    if isinstance(answer, Probe):
        return answer
    return Probe(stage="check", error=str(answer), fix="copy or export the file again, or leave the slide out")


def _simulated(study: Study) -> Probe:
    """What a slide of the simulated cohort gives, which need not be there yet."""
    tile = study.tile
    if tile.phantom is None:
        raise TypeError("a study that simulates no slides")
    if tile.mpp * ENLARGE < UM_PER_PX:
        error = f"simulated slides have {UM_PER_PX:g} µm/px, the study asks for {tile.mpp:g}"
        return Probe(stage="open", error=error, fix=f"set tile.mpp to {UM_PER_PX:g} or more")
    scale, side = tile.mpp / UM_PER_PX, tile.phantom.size
    count = len(make_grid(width=side, height=side, side=tile.size * scale, stride=tile.stride * scale).xy)
    if not count:
        error = f"a tile of {tile.size * scale:g} px is larger than a simulated slide of {side} px"
        return Probe(stage="tissue", error=error, fix="enlarge tile.phantom.size, or make tiles smaller")
    return Probe(tiles=count)


def _paired(slide: Slide, probe: Probe, plain: dict[str, Probe]) -> Probe:
    """What a registered slide gives: its partner's tiles, if it has them all."""
    partner = plain[slide.paired_with]
    if not probe.fit:
        return probe
    if not partner.fit:
        return _unfit(probe, f"its partner {slide.paired_with} is quarantined: {partner.error}", partner.fix)
    if not probe.views or not partner.views:  # one is simulated
        return replace(probe, tiles=partner.tiles, counted=partner.counted)
    if len(probe.views) != len(partner.views):
        error = f"{len(probe.views)} images, but its partner {slide.paired_with} has {len(partner.views)}"
        return _unfit(probe, error, "registered folders hold the same images in the same order of names")
    for own, other in zip(probe.views, partner.views, strict=True):
        if any(reach > size for reach, size in zip(other.reach, own.extent, strict=True)):
            error = f"its partner's tiles reach beyond this slide of {own.width} x {own.height} px ({slide.path})"
            return _unfit(probe, error, "register the slides to one frame, or empty the column 'paired_with'")
    return replace(probe, tiles=partner.tiles, counted=partner.counted)


def _unfit(probe: Probe, error: str, fix: str) -> Probe:
    return replace(probe, tiles=0, stage="partner", error=error, fix=fix)
