"""``synpriv check``: before a long run, whether the study is sound, its slides are fit, and what it will take."""

import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape

from pipeline.commands.check.estimate import Estimate, derived, painted
from pipeline.commands.check.inspection import Inspection
from pipeline.commands.check.notes import notes
from pipeline.commands.check.rehearsal import memory
from pipeline.commands.check.segmenters import told
from pipeline.commands.check.study import FoundStudy, find_study
from pipeline.commands.check.survey import survey
from pipeline.commands.check.tables import cohort_table, jobs_table, slides_csv
from pipeline.core.console import console
from pipeline.core.devices import cores
from pipeline.core.files import write_text
from pipeline.core.phases import PHASES
from pipeline.study.folds import splits

SHOWN = 20  # unfit slides on the screen
results = Console(soft_wrap=True, highlight=False)  # on stdout; notes go to stderr
app = typer.Typer(add_completion=False)


@app.command()
def check(
    quick: Annotated[bool, typer.Option("--quick", help="Read params.yaml and the sheet alone.")] = False,
    table: Annotated[Path | None, typer.Option(dir_okay=False, help="Write a row per slide to this CSV file.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Slides inspected at once.")] = cores(),
    limit: Annotated[float, typer.Option(min=0.1, help="Seconds that one image may take.")] = 120.0,
) -> None:
    """Says whether the study in this folder is sound and its slides are fit, and about what it will take.

    Opens every slide and decodes sample tiles of each level. Exit status: 0 fit, 1 a slide would be
    quarantined, 2 a mistake in params.yaml or the sheet.
    """
    here = find_study()
    _tell_problems(here, inspected=not quick)
    requests = here.requests()
    found = (
        {}
        if quick or not here.readable
        else survey(requests, simulated=here.simulated(), workers=workers, seconds=limit)
    )
    stains = {name: slide.stain for name, slide in here.slides.items()}
    stores = {stain: derived(here.study, stain) for stain in set(stains.values())} if here.known else {}
    made = painted(here.study) if here.known else {}
    estimate = Estimate(found, stains, size=here.study.tile.size, stores=stores, painted=made)
    if here.slides:
        results.print(cohort_table(here.slides, found, estimate))
    if not here.problems:
        counts = Counter(job.phase for job in here.study.jobs(here.slides))
        results.print(jobs_table({phase: counts[phase] for phase in PHASES if counts[phase]}, estimate))
        for note in notes(here.study):
            console.print(f"[yellow]Note:[/] {escape(note)}")
    if found:
        results.print(_needs(estimate, workers, memory(requests, found, seconds=10 * limit)))
        if not here.problems:
            first = next(iter(splits(here.slides, here.study.folds, here.study.seed).values()))
            for line in told(here.study, first, found):
                results.print(escape(line))
        if table:
            write_text(table, slides_csv(here.slides, found, estimate))
    unfit = {name: inspection for name, inspection in found.items() if not inspection.fit}
    if unfit:
        _tell_unfit(here, unfit, table)
    if here.problems or unfit:
        raise typer.Exit(2 if here.problems else 1)


def _tell_problems(here: FoundStudy, *, inspected: bool) -> None:
    """Names every mistake, and how the slides are inspected nevertheless, if they are."""
    for problem in here.problems:
        console.print(f"[bold red]synpriv:[/] {escape(str(problem))}")
    if here.slides and not here.known and inspected:
        tile = f"tiles of {here.study.tile.size} px, {here.study.tile.mpp:g} µm/px"
        how = f"inspected for {tile}" if here.readable else "not opened: their stains are not known"
        console.print(f"[yellow]params.yaml cannot be used:[/] slides are {how}")


def _tell_unfit(here: FoundStudy, unfit: Mapping[str, Inspection], table: Path | None) -> None:
    """Names what is wrong with the first slides, and what params.yaml then misses."""
    console.print(f"[bold red]{len(unfit):,} of {len(here.slides):,} slides would be quarantined:[/]")
    for name, inspection in [*unfit.items()][:SHOWN]:
        console.print(escape(f"  {name} ({inspection.stage}): {inspection.error}\n    fix: {inspection.fix}"))
    if len(unfit) > SHOWN:
        where = f"all are in {table}" if table else "--table FILE lists all"
        console.print(escape(f"  and {len(unfit) - SHOWN:,} more; {where}"))
    for problem in here.without(set(unfit)):
        console.print(f"[bold red]Without them:[/] {escape(str(problem))}")


def _needs(estimate: Estimate, workers: int, held: int | None) -> str:
    needed = sum(estimate.all().values())
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
