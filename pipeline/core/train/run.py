"""From a job to exported networks: what every phase that trains does alike."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.files import Json, aside
from pipeline.core.job import Job
from pipeline.core.networks.headers import CONFIG, WEIGHTS
from pipeline.core.networks.weights import export_weights
from pipeline.core.train.batches import Batches
from pipeline.core.train.distribution import Placement
from pipeline.core.train.history import write_history
from pipeline.core.train.learner import Learner
from pipeline.core.train.loop import SAMPLES, fit
from pipeline.core.train.rank import is_first, meet


@dataclass(frozen=True)
class Trained:
    """What a training left in its job's ``folder``; see :class:`pipeline.core.manifests.trained.TrainedManifest`."""

    folder: Path
    steps: int
    weights: dict[str, str]
    configs: dict[str, str]
    history: Path
    samples: tuple[Path, ...]

    def facts(self) -> Json:
        """The fields of a manifest that say it."""
        return {"payload": (self.folder,), **vars(self)}


def train_and_export(
    job: Job,
    build: Callable[[], Learner],
    batches: Batches,
    *,
    steps: int,
    seed: int,
    accumulate: int = 1,
    placement: Placement | None = None,
) -> Trained:
    """Trains a learner and puts what it exports, its history and its pictures into ``job.outputs["folder"]``.

    The checkpoint stays in ``job.scratch``: whoever writes the manifest deletes it then, so that a job that is
    killed at any time before goes on where it was. With several ranks the first one writes, and all know.

    Args:
        job: Its ``folder`` is replaced as a whole; its spec says the ``precision``, Fabric's ``32-true`` or
            ``bf16-mixed``, and by ``checkpoint_every`` how many steps lie between checkpoints.
        build: Makes the learner, with the seed set.
        batches: Training data.
        steps: Optimisation steps in all.
        seed: Initialisation, dropout and augmentation.
        accumulate: Parts of a rank's share of a batch; see :func:`pipeline.core.train.loop.fit`.
        placement: Devices and machines; by default what started the process says, else one device.

    Raises:
        ProductError: A loss is not finite, or the job has no scratch folder.
    """
    folder, scratch = job.outputs["folder"], job.scratch
    if scratch is None:
        raise ProductError("the job has no folder for its checkpoint", where=str(job.manifest), fix="run it by engine")
    learner, history = fit(
        build,
        batches,
        steps=steps,
        seed=seed,
        scratch=scratch,
        precision=job.spec["precision"],
        every=job.spec["checkpoint_every"],
        accumulate=accumulate,
        placement=placement,
    )
    samples = scratch / SAMPLES
    if is_first():
        with aside(folder) as partial:
            for name, (network, config) in learner.exports().items():
                export_weights(partial, name, network, config)
            write_history(partial / "history.csv", history)
            if samples.is_dir():
                shutil.copytree(samples, partial / SAMPLES)
    meet()
    weights, configs = (
        {name: digest_file(folder / f"{name}{ending}") for name in learner.exports()} for ending in (WEIGHTS, CONFIG)
    )
    samples_made = tuple(sorted((folder / SAMPLES).glob("*")))
    return Trained(folder, steps, weights, configs, folder / "history.csv", samples_made)
