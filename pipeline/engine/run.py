"""Runs a job: payload, then recipe, then manifest."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.core.digests import digest_bytes
from pipeline.core.files import remove, write_json
from pipeline.core.job import Job
from pipeline.core.manifests.manifest import Manifest
from pipeline.core.train.rank import is_first, meet, started
from pipeline.engine.launch import launch, ranks_of
from pipeline.engine.recipe import recipe, recipe_path

SCRATCH = Path("scratch")


def run(job: Job, **how: Any) -> None:
    """Makes a product; whatever stood in its manifest's place is gone before work starts.

    A job that asks for several devices starts a process for each, which run it together: every one of them runs the
    maker, the first one alone writes and deletes, and the others wait until the manifest stands.

    Args:
        job: Of the plan.
        how: For its maker: what changes the way it works and not what it makes, such as a number of threads.
    """
    if ranks_of(job) != (1, 1) and not started():
        launch(job, SCRATCH)
        return
    for path in (job.manifest, recipe_path(job.manifest)):
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_first():
            path.unlink(missing_ok=True)
    made_from = recipe(job)
    known = json.dumps({"key": job.key, **made_from}, sort_keys=True)
    family = job.rule.rpartition("_")[0] or job.rule  # jobs that one index waits for: their phase, or a part of it
    home = SCRATCH / family / job.fold
    scratch = home / digest_bytes(known.encode())
    content: Manifest = job.load("maker")(replace(job, scratch=scratch), **how)
    meet()  # nobody reads scratch any more
    if is_first():
        write_json(recipe_path(job.manifest), made_from)
        write_json(job.manifest, content.model_dump(mode="json"))
        remove(scratch)
        if job.rule.endswith("_index"):  # all of it stands: other checkpoints are of no use
            remove(home)
    meet()
