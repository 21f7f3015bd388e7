"""``synpriv normalize``."""

import typer

from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run

app = typer.Typer(add_completion=False, help="Bring the stain of every slide to that of one reference slide.")


@app.command("fit")
def one_fit(slide: str, spec: Spec = None) -> None:
    """Fit the stain of one slide."""
    run(find_job("normalize_fit", slide, spec=spec))


@app.command("reference")
def reference(spec: Spec = None) -> None:
    """Choose the reference slide: the named one, or the most typical training slide."""
    run(find_job("normalize_reference", spec=spec))


@app.command("train")
def model(spec: Spec = None) -> None:
    """Train a normaliser that learns on the cohort; a killed training goes on where it was."""
    run(find_job("normalize_train", spec=spec))


@app.command("slide")
def one_slide(slide: str, spec: Spec = None) -> None:
    """Normalise one slide."""
    run(find_job("normalize", slide, spec=spec))


@app.command("trial-train")
def trial_model(trial: str, seed: str, spec: Spec = None) -> None:
    """Train repeat SEED of the normaliser TRIAL, which is judged beside that of the study."""
    run(find_job("normalize_trial_train", trial, seed, spec=spec))


@app.command("trial")
def one_trial(trial: str, seed: str, spec: Spec = None) -> None:
    """Normalise a sample of tiles of every slide by repeat SEED of TRIAL."""
    run(find_job("normalize_trial", trial, seed, spec=spec))


@app.command("trial-index")
def trial_index(spec: Spec = None) -> None:
    """List the trials, and prune those that the study no longer has."""
    run(find_job("normalize_trial_index", spec=spec))
