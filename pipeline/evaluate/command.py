"""``synpriv evaluate``: figures with intervals for whatever the other phases made."""

import typer

from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run

app = typer.Typer(add_completion=False, help="Score encoders, segmenters, translators, ...")


@app.command()
def encoder(arm: str, spec: Spec = None) -> None:
    """Probe the encoders of ARM, one per seed, on the test tiles."""
    run(find_job("evaluate_encoder", arm, spec=spec))


@app.command()
def colour(spec: Spec = None) -> None:
    """Probe the colour of the test tiles, without a network."""
    run(find_job("evaluate_colour", spec=spec))


@app.command()
def translator(name: str, repeat: str, spec: Spec = None) -> None:
    """Compare the views that REPEAT of translator NAME made with the real ones."""
    run(find_job("evaluate_translator", name, repeat, spec=spec))


@app.command()
def cohort(name: str, spec: Spec = None) -> None:
    """Compare the tiles of the synthetic cohort NAME with their masks and with real ones."""
    run(find_job("evaluate_cohort", name, spec=spec))


@app.command()
def segmenter(arm: str, spec: Spec = None) -> None:
    """Compare what the segmenters of ARM, one per seed, find on the test tiles with their labels."""
    run(find_job("evaluate_segmenter", arm, spec=spec))


@app.command()
def normalization(spec: Spec = None) -> None:
    """Compare normalised slides with the truth and with one another."""
    run(find_job("evaluate_normalization", spec=spec))


@app.command()
def normalizer(trial: str, spec: Spec = None) -> None:
    """Judge the normaliser TRIAL by the same measures."""
    run(find_job("evaluate_normalizer", trial, spec=spec))


@app.command()
def summary(spec: Spec = None) -> None:
    """Write figures.csv and metrics.json, with intervals over patients."""
    run(find_job("evaluate", spec=spec))
