"""What made a product: ``X.recipe.json``, with the digests of its code and of every file read."""

from pathlib import Path

from pipeline.core.errors import ProductError
from pipeline.core.files import Json, read_json
from pipeline.core.job import Job
from pipeline.engine.closure import digest_code
from pipeline.engine.file_digests import file_digest


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
        "inputs": {path.as_posix(): file_digest(path) for path in files},
    }


def made_with(job: Job, path: Path) -> bool:
    """Whether the job's product stands and was made with the very content that ``path`` has now."""
    recorded = recipe_path(job.manifest)
    if not (job.manifest.exists() and recorded.exists() and path.is_file()):
        return False
    return bool(read_json(recorded)["inputs"].get(path.as_posix()) == file_digest(path))
