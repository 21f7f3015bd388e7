"""Trains one segmenter: an arm, a seed."""

from pathlib import Path
from typing import Any

import torch

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.painted import Painted
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.core.manifests.translators import GateManifest, TranslatorManifest
from pipeline.core.networks.encoder import load_encoder
from pipeline.core.seeds import derive
from pipeline.core.segmentation.learner import SegmentationLearner
from pipeline.core.train.batches import Batches
from pipeline.core.train.distribution import Placement
from pipeline.core.train.run import train_and_export
from pipeline.core.translation.panel import examples
from pipeline.segment.data import read_tiles


def train_segmenter(job: Job, *, placement: Placement | None = None) -> SegmenterManifest:
    """Trains a segmenter on tiles with labels, from the checkpoint where there is one, and exports its network.

    The seed depends on the study and the repeat, not on the arm: the arms of a repeat with one kind of network start
    from the same weights, and are shown the same tiles in the same order where they learn from the same.

    Args:
        job: Its key is the arm and the seed. Reads the ``cohort`` and, where the arm needs them, the ``gate`` and the
            ``translator`` whose views it learns from, the manifest of its ``encoder``, and the ``painted`` cohorts; its
            code names the ``method``.
        placement: Devices and machines; by default what started the process says, else one device.

    Raises:
        ProductError: There is nothing to learn from, or a test patient is among those whom any of it comes from.
    """
    spec, (name, repeat) = job.spec, job.key
    cohort = Cohort.read(job.inputs["cohort"])
    gate = GateManifest.read(job.inputs["gate"]) if "gate" in job.inputs else None
    translator = TranslatorManifest.read(job.inputs["translator"]) if gate else None
    encoder = EncoderManifest.read(job.inputs["encoder"]) if "encoder" in job.inputs else None
    painted = {other: Painted.read(path) for other, path in sorted(job.groups.get("painted", {}).items())}
    tiles = read_tiles(cohort, spec, gate, painted)
    behind = (own.patients for own in (translator, encoder) if own)
    patients = sorted(set(tiles.patients).union(*behind))
    cohort.forbid_test(patients, str(job.manifest))
    method: type[SegmentationLearner[Any]] = job.load("method")
    seed = derive(spec["seed"], "segment", repeat)
    place = encoder.folder if encoder else spec["encoder"]
    known: Json = {"size": tiles.size, "channels": tiles.channels, "classes": len(spec["classes"]), "lr": spec["lr"]}

    def build() -> SegmentationLearner[Any]:
        own: Json = {"encoder": load_encoder(Path(place), torch.device("cpu"))} if place else {}
        learner = method(**known, **own, **spec["options"])
        learner.show(**examples(tiles.arrays))
        return learner

    trained = train_and_export(
        job,
        build,
        Batches(tiles.arrays, size=spec["batch"], seed=seed, buffer=spec["buffer"]),
        steps=spec["steps"],
        seed=seed,
        placement=placement,
    )
    stains = spec["stains"]
    return SegmenterManifest(
        arm=name,
        seed=int(repeat),
        method=spec["method"],
        classes=tuple(spec["classes"]),
        labels=stains["labels"],
        images=stains["images"],
        reads=translator.target if translator else stains["images"],
        through=translator.translator if translator else "",
        learned=tiles.learned,
        real=tiles.real,
        patients=tuple(patients),
        tiles=sum(tiles.learned.values()),
        **trained.facts(),
    )
