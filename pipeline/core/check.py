"""Before a long run: whether the study is sound, and what it will do."""

from collections import Counter

import typer
from rich.table import Table

from pipeline.core.console import console
from pipeline.core.plan import Plan
from pipeline.core.study import PHASES

app = typer.Typer(add_completion=False)


@app.command()
def check() -> None:
    """Validates params.yaml and the slide sheet of this folder; prints the cohort and the jobs."""
    plan = Plan.here()
    cohort = Table("stain", "site", "split", "patients", "slides", title="Cohort")
    groups = Counter((s.stain, s.site, s.split) for s in plan.slides.values())
    patients = Counter({(s.stain, s.site, s.split, s.patient_id) for s in plan.slides.values()})
    for (stain, site, split), count in sorted(groups.items()):
        people = sum(key[:3] == (stain, site, split) for key in patients)
        cohort.add_row(stain, site, split, str(people), str(count))
    jobs = Table("phase", "jobs", title="Jobs")
    for phase in PHASES:
        jobs.add_row(phase, str(len(plan.phase(phase))))
    console.print(cohort, jobs)
