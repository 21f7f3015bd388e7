"""The privileged view of every tile of one slide."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.files import remove
from pipeline.core.job import Job
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.manifests.translators import TranslatorManifest, ViewManifest
from pipeline.core.store.store import TileStore, write_store
from pipeline.core.translation.noise import tile_seeds
from pipeline.core.translation.translator import Translator
from pipeline.synthesize.quality import quality

COLUMNS = ("xy", "tissue")


def make_view(job: Job) -> ViewManifest:
    """Translates a slide, writes the privileged store and measures its quality.

    Args:
        job: Reads the ``translator``, the ``slide`` and, where there is one, its registered ``partner``;
            its spec holds ``seed``, ``batch`` and the ``kinds`` of the stains ``source`` and ``target``.

    Raises:
        ProductError: The translator was trained on a patient that is a test patient now.
    """
    translator = TranslatorManifest.read(job.inputs["translator"])
    slide = NormalizedManifest.read(job.inputs["slide"])
    partner = NormalizedManifest.read(job.inputs["partner"]) if "partner" in job.inputs else None
    seed, out = job.spec["seed"], job.outputs["store"]
    by = {"translator": translator.translator, "repeat": translator.repeat, "seed": seed}
    source, real = Member.of(slide), Member.of(partner) if partner else None
    if source is None:
        remove(out)  # of when the slide was usable
        reason = {"status": slide.status, "stage": slide.stage, "error": slide.error, "fix": slide.fix}
        return ViewManifest.model_validate({**slide.facts(), **reason, **by})
    Cohort(filter(None, (source, real))).forbid_test(translator.patients, f"translator {translator.translator}")

    forward = Translator.load(translator.folder)
    backward = Translator.load(translator.folder, "backward") if "backward" in translator.weights else None
    parent = TileStore(source.store)
    drawn_for = translator.translator, translator.repeat, source.slide
    seeds = tile_seeds(seed, "synthesize", *drawn_for, rows=range(len(parent)))
    made = {**by, "checkpoint": translator.weights["generator"], "parent": source.store.as_posix()}
    digests = write_store(
        out,
        _translated(forward, parent.blocks(job.spec["batch"]), seeds),
        {column: parent.column(column) for column in COLUMNS},
        {**parent.attributes, **made, "stain": translator.target},
        size=parent.size,
        arrays={"image": forward.target.array},
    )
    view = {
        **slide.facts(),
        **made,
        "payload": (out,),
        "source": translator.source,
        "target": translator.target,
        "store": out,
        "tiles": len(parent),
        "digests": digests,
        "quality": quality(
            parent, TileStore(out), _store(real), forward, backward, kinds=job.spec["kinds"], seeds=seeds
        ),
    }
    return ViewManifest.model_validate(view)


def _translated(forward: Translator, blocks: Iterator[np.ndarray], seeds: Sequence[int]) -> Iterator[np.ndarray]:
    remaining = iter(seeds)
    for block in blocks:
        yield forward(block, list(islice(remaining, len(block))))


def _store(member: Member | None) -> TileStore | None:
    return TileStore(member.store) if member else None
