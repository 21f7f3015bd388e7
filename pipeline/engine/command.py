"""What every phase's command shares: the ``--spec`` option and where a job comes from."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.job import Job

Spec = Annotated[
    str | None,
    typer.Option(
        "--spec",
        help="The whole job as JSON, or @FILE that holds it, as the workflow passes it. Without it: from params.yaml.",
        show_default=False,
    ),
]


def find_job(rule: str, *key: str, spec: str | None) -> Job:
    """The job in ``spec``, else the one that params.yaml and the sheet in this folder describe."""
    if spec is None:
        from pipeline.engine.plan import Plan  # a job that has its spec reads no study

        return Plan.here().job(rule, *key)
    return Job.from_json(Path(spec[1:]).read_text() if spec.startswith("@") else spec)
