"""One slide, stain-normalised."""

from pipeline.core.files import remove
from pipeline.core.job import Job
from pipeline.core.manifests.slides import FitManifest, NormalizedManifest, ReferenceManifest, TileManifest
from pipeline.core.store.store import TileStore, write_store
from pipeline.normalize.normalizer import load_normalizer, usable

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
    target = reference.fit if reference else {}
    fit = usable(FitManifest.read(job.inputs["fit"]).fit, target) if reference else {}
    name = reference.slide if reference else None
    change, parent = normalizer.change(fit, target), TileStore(tile.store)
    digests = write_store(
        out,
        ({**block, "image": change(block["image"])} for block in parent.parts(BLOCK)),
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
