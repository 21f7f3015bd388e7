"""``synpriv index``: a phase's index."""

import typer

from pipeline.core.errors import StudyError
from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run
from pipeline.study.study import MODULES

app = typer.Typer(add_completion=False, help="Write a phase's index and prune what no member owns.")
INDEXED = tuple(phase for phase, module in MODULES.items() if hasattr(module, "INDEX"))  # the others write their own


@app.command()
def index(phase: str, spec: Spec = None) -> None:
    """Collects the manifests of a phase and deletes orphans from its folder."""
    if phase not in INDEXED:
        raise StudyError(f"phase {phase!r} has no index to write", where="PHASE", fix=f"one of: {', '.join(INDEXED)}")
    run(find_job(f"{phase}_index", spec=spec))
