"""Training of one repeat of a translator, from the training slides to exported weights."""

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.seeds import derive
from pipeline.core.train.batches import Batches
from pipeline.core.train.distribution import Placement
from pipeline.core.train.run import train_and_export
from pipeline.core.translation.learner import Ends, TranslatorLearner
from pipeline.core.translation.pixels import Pixels
from pipeline.translate.data import read_data


def make_translator(job: Job, *, placement: Placement | None = None) -> TranslatorManifest:
    """Trains on the cohort's training slides, from the checkpoint where there is one, and exports the networks.

    All that is random, the networks, the order of the tiles and what a learner draws, is another one in each repeat.

    Args:
        job: Its key is the translator's name and the repeat. Reads the index of normalised slides; its code names
            the ``method``.
        placement: Devices and machines; by default what started the process says, else one device.
    """
    spec, (name, repeat) = job.spec, job.key
    method: type[TranslatorLearner] = job.load("method")
    data = read_data(Cohort.read(job.inputs["cohort"]), spec, repeat=int(repeat), any_pixels=method.any_pixels)
    seed = derive(spec["seed"], "translate", name, repeat)
    pixels = {end: Pixels.of(data.arrays[end]) for end in ("source", "target") if end in data.arrays}
    told = {"ends": Ends(**pixels, registered=data.aligned)} if method.any_pixels else {}
    known: Json = {"classes": len(spec["classes"])} if "classes" in spec else {}

    def build() -> TranslatorLearner:
        learner = method(size=data.size, lr=spec["lr"], **known, **told, **spec["options"])
        learner.show(**data.examples)
        learner.hold(**data.held)
        return learner

    trained = train_and_export(
        job,
        build,
        Batches(
            data.arrays,
            size=spec["batch"],
            seed=seed,
            aligned=data.aligned,
            buffer=spec["buffer"],
        ),
        steps=spec["steps"],
        seed=seed,
        placement=placement,
    )
    facts: Json = {name: spec[name] or "" for name in ("method", "source", "target", "pairing")}
    facts |= {"pairs": spec["pairs"], "classes": tuple(spec.get("classes", ()))}
    full: Json = {f"{end}_full": found.full for end, found in pixels.items()}
    seen: Json = {"patients": tuple(data.patients), "held_back": tuple(data.held_back), "tiles": data.tiles}
    return TranslatorManifest(translator=name, repeat=int(repeat), **facts, **full, **seen, **trained.facts())
