"""One slide, stain-normalised."""

from pipeline.core.files import Json, remove
from pipeline.core.job import Job
from pipeline.core.manifests.slides import FitManifest, NormalizedManifest, ReferenceManifest, TileManifest
from pipeline.core.store.store import TileStore, write_store
from pipeline.normalize.normalizer import fell_back, load_normalizer

BLOCK = 64


def make_normalized(job: Job) -> NormalizedManifest:
    """Transforms the images of a slide in blocks and writes the derived store; masks and instances stay.

    A slide that no ``normalizer`` was named for, a quarantined one and one without tiles pass through:
    their manifest points at the tile store.

    Args:
        job: Reads the ``tile`` manifest and, as the method asks, the slide's ``fit`` with the
            ``reference``, or the ``model`` that was trained; its spec gives the ``split`` of a fold.
    """
    tile, out = TileManifest.read(job.inputs["tile"]), job.outputs["store"]
    remove(out)  # of earlier settings
    facts = {**dict(tile), "payload": (), "split": job.spec.get("split", tile.split)}
    if "normalizer" not in job.code or tile.store is None or not tile.tiles:
        return NormalizedManifest.model_validate(facts)
    normalizer = load_normalizer(job)
    reference = ReferenceManifest.read(job.inputs["reference"]) if "reference" in job.inputs else None
    fit, target = (_fit(job, reference), reference.fit) if reference else ({}, {})
    name = reference.slide if reference else None
    parent = TileStore(tile.store)
    digests = write_store(
        out,
        ({**block, "image": normalizer.transform(block["image"], fit, target)} for block in parent.parts(BLOCK)),
        parent.columns(),
        {
            **parent.attributes,
            "parent": tile.store.as_posix(),
            "split": facts["split"],
            "normalizer": job.spec["method"],
            "reference": name,
        },
        size=parent.size,
        arrays=parent.arrays,
    )
    made = {"payload": (out,), "store": out, "digests": digests, "normalized": True}
    return NormalizedManifest.model_validate({**facts, **made, "reference": name, "stain_fit": fit or None})


def _fit(job: Job, reference: ReferenceManifest) -> Json:
    """The slide's fit, or the reference's where its pixels did not determine one."""
    fit = FitManifest.read(job.inputs["fit"]).fit
    return {**reference.fit, "fallback": True} if fit is None or fell_back(fit) else fit
