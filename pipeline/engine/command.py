"""What every phase's command shares: the ``--spec`` option and where a job comes from."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.digests import digest_bytes
from pipeline.core.files import write_text
from pipeline.core.job import Job
from pipeline.engine.plan import Plan

Spec = Annotated[
    str | None,
    typer.Option(
        "--spec",
        help="The whole job as JSON, or @FILE that holds it, as the workflow passes it. Without it: from params.yaml.",
        show_default=False,
    ),
]


LONGEST = 60_000  # characters; Linux takes 131,072 bytes in one argument of a command


def find_job(rule: str, *key: str, spec: str | None) -> Job:
    """The job in ``spec``, else the one that params.yaml and the sheet in this folder describe."""
    if spec is None:
        return Plan.here().job(rule, *key)
    return Job.from_json(Path(spec[1:]).read_text() if spec.startswith("@") else spec)


def argument(job: Job) -> str:
    """A job as a value of ``--spec``: JSON, or @FILE of it where a slide has thousands of images."""
    text = job.to_json()
    if len(text) <= LONGEST:
        return text
    path = Path("scratch/specs") / f"{digest_bytes(text.encode())}.json"
    if not path.exists():
        write_text(path, text)
    return f"@{path}"
