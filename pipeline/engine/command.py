"""What every phase's command shares: the ``--spec`` option and where a job comes from."""

from typing import Annotated

import typer

from pipeline.core.digests import digest_bytes
from pipeline.core.errors import StudyError
from pipeline.core.job import Job

Spec = Annotated[
    str | None,
    typer.Option(
        "--spec",
        help="The whole job as JSON, or its digest, as the workflow passes it. Without it: from params.yaml.",
        show_default=False,
    ),
]
LONGEST = 60_000  # characters; Linux takes 131,072 bytes in one argument of a command
DIGEST = "digest:"


def find_job(rule: str, *key: str, spec: str | None) -> Job:
    """The job in ``spec``, else the one that params.yaml and the sheet in this folder describe.

    Raises:
        StudyError: ``spec`` is the digest of another job: the study changed since the workflow was started; or the
            study has folds, and nothing says which.
    """
    if spec and not spec.startswith(DIGEST):
        try:
            return Job.from_json(spec)
        except (ValueError, KeyError, TypeError) as error:
            message, fix = f"no job: {error!r}", "leave it out: then params.yaml says what is made"
            raise StudyError(message, where="--spec", fix=fix) from None
    from pipeline.engine.plan import Plan  # a job that has its spec reads no study

    jobs = Plan.here().of_folds(rule, *key)
    if not spec and len(jobs) == 1:
        return jobs[0]
    if not spec:
        manifests = ", ".join(job.manifest.as_posix() for job in jobs)
        fix = f"name what is to be made: snakemake --cores all with one of {manifests}"
        raise StudyError("the study has folds", where="params.yaml: folds", fix=fix)
    for job in jobs:
        if _digest(job.to_json()) == spec:
            return job
    raise StudyError(
        f"{' '.join([rule, *key])} is another job than the workflow asked for",
        where="params.yaml, data/slides.csv",
        fix="they changed since Snakemake was started: start it again",
    )


def argument(job: Job) -> str:
    """A job as a value of ``--spec``: JSON, or where that is too long for an argument, its digest."""
    text = job.to_json()
    return text if len(text) <= LONGEST else _digest(text)


def _digest(text: str) -> str:
    return DIGEST + digest_bytes(text.encode())
