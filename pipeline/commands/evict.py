"""``synpriv evict``: what ``workflow/phase.sh`` calls before Snakemake."""

import typer

from pipeline.core.console import console
from pipeline.engine.evict import evict
from pipeline.engine.plan import Plan

app = typer.Typer(add_completion=False, help="Forget a phase's products that no longer match study, code or files.")


@app.command("evict")
def command(phase: str) -> None:
    """Deletes the sidecars of a phase's stale products, so that Snakemake makes them again."""
    for manifest in evict(Plan.here(), phase):
        console.print(f"stale: {manifest}")
