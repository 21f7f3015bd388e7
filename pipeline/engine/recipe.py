"""What made a product: ``X.recipe.json``, with the digests of its code and of every file read."""

from pathlib import Path

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.engine.closure import digest_code


def recipe_path(manifest: Path) -> Path:
    """``X.recipe.json`` of ``X.json``."""
    return manifest.with_name(manifest.name.removesuffix(".json") + ".recipe.json")


def recipe(job: Job) -> Json:
    """A job's spec, the digest of its code and of every file it reads; raises ProductError where one is missing."""
    files = sorted(set(job.files()))
    missing = [path.as_posix() for path in files if not path.is_file()]
    if missing:
        raise ProductError("an input is missing", where=missing[0], fix="run 'snakemake --cores all', which makes it")
    return {
        "spec": job.spec,
        "code": digest_code(job.code.values()),
        "inputs": {path.as_posix(): digest_file(path) for path in files},
    }
