"""Trains one encoder: an arm, a seed."""

import math
import shutil

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.files import Json, read_json
from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, save_encoder
from pipeline.core.seeds import derive
from pipeline.core.train.batches import Batches
from pipeline.core.train.checkpoint import scratch_folder
from pipeline.core.train.loop import fit, write_history
from pipeline.engine.recipe import recipe
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.samples import Samples, read_samples
from pipeline.study.registry import OBJECTIVES


def train_encoder(job: Job) -> Json:
    """Trains the primary encoder and exports it alone.

    The seed depends on the study and the repeat, not on the arm: the arms of a repeat start from the
    same encoder. All arms take the same number of steps.

    Args:
        job: Reads the cohort and, for a synthetic privileged view, its translator's gate.

    Returns:
        The encoder's manifest.
    """
    spec, arm, (name, repeat) = job.spec, job.spec["arm"], job.key
    cohort = Cohort.read()
    gate = read_json(job.inputs[1]) if len(job.inputs) > 1 else None
    samples = read_samples(cohort, arm, spec["task"], gate)
    cohort.forbid_test(samples.patients, str(job.manifest))
    settings = Settings.of(spec)
    target: type[Objective] = OBJECTIVES[arm["objective"]].load()
    seed = derive(spec["seed"], "pretrain", repeat)
    steps = steps_of(samples, spec) if target.trains else 0
    scratch = scratch_folder("pretrain", {"key": list(job.key), **recipe(job.phase, spec, job.inputs)})

    def build() -> Objective:
        mean, std = samples.colours["image"]
        encoder = Encoder(**settings.encoder, mean=mean, std=std)  # first: all arms draw the same weights
        return target.make(encoder, settings, samples, arm)

    method, history = fit(
        build,
        Batches(samples.arrays, size=spec["batch"], seed=seed, buffer=spec["buffer"]),
        steps=steps,
        seed=seed,
        scratch=scratch,
        precision=spec["precision"],
        every=spec["checkpoint_every"],
    )
    partial = job.folder.with_name(job.folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    weights = save_encoder(partial, method.encoder)
    write_history(partial / "history.csv", history)
    shutil.rmtree(job.folder, ignore_errors=True)
    partial.rename(job.folder)
    shutil.rmtree(scratch, ignore_errors=True)
    return {
        "status": "complete",
        "arm": name,
        "seed": int(repeat),
        **arm,
        "patients": samples.patients,
        "tiles": len(samples.arrays["image"]),
        "steps": steps,
        "weights": weights,
        "history": (job.folder / "history.csv").as_posix(),
        "folder": job.folder.as_posix(),
    }


def steps_of(samples: Samples, spec: Json) -> int:
    """Epochs times batches of the whole cohort's training tiles: the same for every arm."""
    return int(spec["epochs"] * math.ceil(samples.total / spec["batch"]))
