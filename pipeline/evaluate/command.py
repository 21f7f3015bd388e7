"""``synpriv evaluate``: figures with intervals for encoders, translators and the normaliser."""

import typer

from pipeline.engine.command import Spec, find_job

app = typer.Typer(add_completion=False, help="Score encoders, translators and the normaliser.")


@app.command()
def encoder(arm: str, seed: str, spec: Spec = None) -> None:
    """Probe the encoder of ARM with SEED on the test tiles."""
    from pipeline.evaluate.encoder_score import score_encoder

    find_job("evaluate_encoder", arm, seed, spec=spec).run(score_encoder)


@app.command()
def translator(name: str, spec: Spec = None) -> None:
    """Compare the views of translator NAME with the real ones."""
    from pipeline.evaluate.translator_score import score_translator

    find_job("evaluate_translator", name, spec=spec).run(score_translator)


@app.command()
def normalization(spec: Spec = None) -> None:
    """Compare normalised slides with the truth and with one another."""
    from pipeline.evaluate.normalization_score import score_normalization

    find_job("evaluate_normalization", spec=spec).run(score_normalization)


@app.command()
def summary(spec: Spec = None) -> None:
    """Write figures.csv and metrics.json, with intervals over patients."""
    from pipeline.evaluate.summary import summarize

    find_job("evaluate", spec=spec).run(summarize)
