"""``synpriv synthesize``."""

import typer

from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run

app = typer.Typer(
    add_completion=False, help="Make the privileged view of every tile, and synthetic cohorts; gate both."
)


@app.command("slide")
def one_slide(translator: str, repeat: str, slide: str, spec: Spec = None) -> None:
    """Translate every tile of one slide by one repeat of a translator."""
    run(find_job("synthesize", translator, repeat, slide, spec=spec))


@app.command("gate")
def one_gate(translator: str, repeat: str, spec: Spec = None) -> None:
    """Compare the quality of one repeat of a translator with the limits; a useless one stops the run."""
    run(find_job("synthesize_gate", translator, repeat, spec=spec))


@app.command("plan")
def one_plan(cohort: str, spec: Spec = None) -> None:
    """Decide what every tile of a synthetic cohort is to show."""
    run(find_job("synthesize_plan", cohort, spec=spec))


@app.command("part")
def one_part(cohort: str, part: str, spec: Spec = None) -> None:
    """Make the masks of one part of a synthetic cohort and paint tissue for them."""
    run(find_job("synthesize_part", cohort, part, spec=spec))


@app.command("cohort")
def one_cohort(cohort: str, spec: Spec = None) -> None:
    """Compare the quality of a synthetic cohort with the limits and list it; a useless or copied one stops the run."""
    run(find_job("synthesize_cohort", cohort, spec=spec))


@app.command("cohort-index")
def all_cohorts(spec: Spec = None) -> None:
    """List the synthetic cohorts and delete those that the study no longer has."""
    run(find_job("synthesize_cohort_index", spec=spec))
