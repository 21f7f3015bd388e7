"""Training of one translator, from the training slides to exported weights."""

import shutil
from pathlib import Path

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.seeds import derive
from pipeline.core.train.batches import Batches
from pipeline.core.train.checkpoint import export_weights, scratch_folder
from pipeline.core.train.loop import History, fit, write_history
from pipeline.core.translation.learner import TranslatorMethod
from pipeline.core.translation.translator import Translator
from pipeline.engine.recipe import recipe
from pipeline.study.registry import TRANSLATORS, lookup
from pipeline.translate.data import read_data
from pipeline.translate.panel import write_panel


def train(job: Job) -> None:
    """Trains a translator and drops its checkpoint once the manifest is written."""
    scratch = _scratch(job)
    job.run(make_translator)
    shutil.rmtree(scratch, ignore_errors=True)


def make_translator(job: Job) -> Json:
    """Trains on the cohort's training slides, from the checkpoint where there is one, and exports the networks.

    Args:
        job: Reads the index of normalised slides.

    Returns:
        What was trained, on which patients, and the digests of the weights.
    """
    spec, name = job.spec, job.key[0]
    method = lookup(TRANSLATORS, spec["method"], f"translate.{name}").load()
    data, scratch = read_data(Cohort.read(job.inputs[0]), spec), _scratch(job)
    seed = derive(spec["seed"], "translate", name)

    def build() -> TranslatorMethod:
        built: TranslatorMethod = method(size=data.source.shape[1], lr=spec["lr"], **spec["options"])
        return built

    def sample(learning: TranslatorMethod, step: int) -> None:
        network, _ = learning.exports()["generator"]
        write_panel(scratch / "samples" / f"step_{step:06d}.png", Translator(network), *data.examples)

    trained, history = fit(
        build,
        Batches(
            {"source": data.source, "target": data.target},
            size=spec["batch"],
            seed=seed,
            aligned=spec["pairing"] == "paired",
            buffer=spec["buffer"],
        ),
        steps=spec["steps"],
        seed=seed,
        scratch=scratch,
        precision=spec["precision"],
        every=spec["checkpoint_every"],
        sample=sample,
    )
    return {
        "status": "complete",
        "translator": name,
        **{key: spec[key] for key in ("method", "source", "target", "pairing", "steps")},
        "patients": data.patients,
        "tiles": len(data.source),
        **_export(trained, history, scratch / "samples", job.folder),
    }


def _export(method: TranslatorMethod, history: History, samples: Path, folder: Path) -> Json:
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    weights = {name: export_weights(partial, name, *pair) for name, pair in method.exports().items()}
    write_history(partial / "history.csv", history)
    shutil.copytree(samples, partial / "samples")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return {
        "weights": weights,
        "history": (folder / "history.csv").as_posix(),
        "samples": [path.as_posix() for path in sorted((folder / "samples").iterdir())],
        "folder": folder.as_posix(),
    }


def _scratch(job: Job) -> Path:
    return scratch_folder(job.phase, {**recipe(job.phase, job.spec, job.inputs), "key": list(job.key)})
