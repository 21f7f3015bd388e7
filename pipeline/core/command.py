"""What every phase's command shares: the ``--spec`` option and where a job comes from."""

from typing import Annotated

import typer

from pipeline.core.job import Job
from pipeline.core.plan import Plan

Spec = Annotated[
    str | None,
    typer.Option(
        "--spec",
        help="The whole job as JSON, as the workflow passes it. Without it: from params.yaml.",
        show_default=False,
    ),
]


def find_job(rule: str, *key: str, spec: str | None) -> Job:
    """The job in ``spec``, else the one that params.yaml and the sheet in this folder describe."""
    return Job.from_json(spec) if spec else Plan.here().job(rule, *key)
