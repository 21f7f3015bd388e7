"""``synpriv check``: before a long run, whether the study is sound, its slides are fit, and what it will take."""

import csv
import shutil
from collections import defaultdict
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.markup import escape
from rich.table import Table

from pipeline.commands.check.estimate import Estimate
from pipeline.commands.check.inspection import Probe
from pipeline.commands.check.rehearsal import memory
from pipeline.commands.check.survey import processes, survey
from pipeline.core.console import console
from pipeline.core.errors import StudyError
from pipeline.core.files import Json, write_text
from pipeline.engine.plan import Plan
from pipeline.study.cohort_check import check_cohort
from pipeline.study.study import PHASES

SHOWN = 20  # unfit slides on the screen
COLUMNS = (
    "slide", "path", "patient", "stain", "site", "split", "fit", "images", "mpp", "width", "height", "levels",
    "tiles", "tissue", "bytes", "stage", "error", "fix",
)  # fmt: skip
Group = tuple[str, str, str]
app = typer.Typer(add_completion=False)


@app.command()
def check(
    quick: Annotated[bool, typer.Option("--quick", help="Read params.yaml and the sheet alone.")] = False,
    table: Annotated[Path | None, typer.Option(dir_okay=False, help="Write a row per slide to this CSV file.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Slides looked into at once.")] = processes(),
    limit: Annotated[float, typer.Option(min=0.1, help="Seconds that one image may take.")] = 120.0,
) -> None:
    """Says whether the study in this folder is sound and its slides are fit, and what it will take.

    Opens every slide and decodes sample tiles of each level. Exit status: 0 fit, 1 a slide would be
    quarantined, 2 a mistake in params.yaml or the sheet.
    """
    plan = Plan.here()
    probes = {} if quick else survey(plan, workers=workers, seconds=limit)
    estimate = Estimate(plan.study, plan.slides, probes)
    console.print(_cohort(plan, probes, estimate), _phases(plan, estimate))
    if quick:
        return
    console.print(_needs(estimate, workers, memory(plan, probes, seconds=10 * limit)))
    if table:
        write_text(table, _csv(plan, probes, estimate))
    if unfit := [name for name, probe in probes.items() if not probe.fit]:
        _explain(plan, probes, unfit, table)
        raise typer.Exit(1)


def _groups(plan: Plan) -> dict[Group, list[str]]:
    groups = defaultdict(list)
    for name, slide in plan.slides.items():
        groups[slide.stain, slide.site, slide.split].append(name)
    return dict(sorted(groups.items()))


def _cohort(plan: Plan, probes: dict[str, Probe], estimate: Estimate) -> Table:
    """A line per stain, site and split; ``≤`` where a level to find tissue on is missing."""
    looked = ("fit", "tiles", "disk") if probes else ()
    table = Table("stain", "site", "split", title="Cohort", show_footer=True)
    every = list(plan.slides)
    total = _figures(plan, probes, estimate, every)
    for heading, sum_ in zip(("patients", "slides", *looked), total, strict=True):
        table.add_column(heading, sum_, justify="right")
    table.columns[0].footer = "all"
    for group, names in _groups(plan).items():
        table.add_row(*map(escape, group), *_figures(plan, probes, estimate, names))
    return table


def _figures(plan: Plan, probes: dict[str, Probe], estimate: Estimate, names: list[str]) -> list[str]:
    patients = {plan.slides[name].patient_id for name in names}
    figures = [f"{len(patients):,}", f"{len(names):,}"]
    if not probes:
        return figures
    fit = [probes[name] for name in names if probes[name].fit]
    most = "" if all(probe.counted for probe in fit) else "≤ "
    disk = sum(sum(estimate.disk(name).values()) for name in names)
    return [*figures, f"{len(fit):,}", f"{most}{sum(p.tiles for p in fit):,}", f"{most}{decimal(int(disk))}"]


def _phases(plan: Plan, estimate: Estimate) -> Table:
    """Jobs, and the disk of tile stores; models and results are small beside them."""
    disk: dict[str, float] = defaultdict(float)
    for name in estimate.probes:
        for phase, size in estimate.disk(name).items():
            disk[phase] += size
    table = Table("phase", title="Jobs")
    table.add_column("jobs", justify="right")
    if disk:
        table.add_column("disk", justify="right")
    for phase in PHASES:
        row = [phase, f"{len(plan.phase(phase)):,}"]
        table.add_row(*row, *([decimal(int(disk[phase])) if phase in disk else ""] if disk else []))
    return table


def _needs(estimate: Estimate, workers: int, held: int | None) -> str:
    needed = sum(sum(estimate.disk(name).values()) for name in estimate.probes)
    free = shutil.disk_usage(".").free
    lines = [f"Disk: about {decimal(int(needed))}, {decimal(free)} free here"]
    if needed > free:
        lines[0] = f"[yellow]{lines[0]}: not enough[/]"
    hours = estimate.hours()
    if hours is not None:
        lines.append(f"Tiling: about {_duration(hours)} on one core, {_duration(hours / workers)} on {workers}")
        size = "not measured" if held is None else f"about {decimal(held)}"
        lines.append(f"Memory: {size} for the tile job of the largest slide")
    return "\n".join(lines)


def _duration(hours: float) -> str:
    minutes = hours * 60
    return f"{hours:,.1f} h" if hours >= 2 else f"{minutes:.0f} min" if minutes >= 2 else f"{minutes * 60:.1f} s"


def _explain(plan: Plan, probes: dict[str, Probe], unfit: list[str], table: Path | None) -> None:
    """Names what is wrong with the first slides, and what params.yaml then misses."""
    console.print(f"[bold red]{len(unfit):,} of {len(probes):,} slides would be quarantined:[/]")
    for name in unfit[:SHOWN]:
        probe = probes[name]
        console.print(escape(f"  {name} ({probe.stage}): {probe.error}\n    fix: {probe.fix}"))
    if len(unfit) > SHOWN:
        where = f"all are in {table}" if table else "--table FILE lists all"
        console.print(escape(f"  and {len(unfit) - SHOWN:,} more; {where}"))
    try:
        check_cohort(plan.study, {name: slide for name, slide in plan.slides.items() if probes[name].fit})
    except StudyError as error:
        console.print(f"[bold red]Without them:[/] {escape(str(error))}")


def _csv(plan: Plan, probes: dict[str, Probe], estimate: Estimate) -> str:
    """A row per slide; facts of its first image."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for name, slide in plan.slides.items():
        probe = probes[name]
        row: Json = {"slide": name, "path": slide.path, "patient": slide.patient_id, "stain": slide.stain}
        row |= {"site": slide.site, "split": slide.split, "fit": "yes" if probe.fit else "no"}
        if probe.views:
            first = probe.views[0]
            row |= {"images": len(probe.views), "mpp": f"{first.mpp:g}", "width": first.width}
            row |= {"height": first.height, "levels": first.levels}
        if probe.fit:
            row |= {"tiles": probe.tiles, "tissue": "counted" if probe.counted else "unknown"}
            row["bytes"] = int(sum(estimate.disk(name).values()))
        writer.writerow(row | {"stage": probe.stage, "error": probe.error, "fix": probe.fix})
    return out.getvalue()
