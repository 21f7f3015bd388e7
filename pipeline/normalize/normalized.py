"""One slide, stain-normalised."""

import json

from pipeline.core.cohort.cohort import require_rgb
from pipeline.core.digests import digest_bytes
from pipeline.core.files import remove
from pipeline.core.job import Job
from pipeline.core.manifests.slides import FitManifest, NormalizedManifest, ReferenceManifest, TileManifest
from pipeline.core.store.store import TileStore, write_colours, write_store
from pipeline.normalize.normalizer import FittedNormalizer, load_normalizer, usable

BLOCK, MAP = 64, "map"


def make_normalized(job: Job) -> NormalizedManifest:
    """Transforms the images of a slide in blocks and writes the derived store; masks and instances stay.

    A slide that no ``normalizer`` was named for, a quarantined one and one without tiles pass through:
    their manifest points at the tile store.

    Args:
        job: Reads the ``tile`` manifest and, as the method asks, the slide's ``fit`` with the
            ``reference``, or the ``model`` that was trained; its spec gives the ``split`` of a fold, and whether
            pixels are to ``keep`` or a ``map`` of colours.

    Raises:
        ProductError: Tiles to be normalised are not of 8-bit RGB.
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
    parent, told = TileStore(tile.store), {"parent": tile.store.as_posix(), "split": facts["split"]}
    require_rgb(parent.array("image"), str(tile.store))
    told |= {"normalizer": job.spec["method"], "reference": name}
    attributes = {**parent.attributes, **told}
    if isinstance(normalizer, FittedNormalizer) and job.spec["keep"] == MAP:
        rule = normalizer.rule(fit, target).model_dump(mode="json")
        write_colours(out, tile.store, rule, attributes)
        image = digest_bytes(tile.digests["image"].encode(), json.dumps(rule, sort_keys=True).encode())
        digests = {**tile.digests, "image": image}
    else:
        change = normalizer.change(fit, target)
        blocks = ({**block, "image": change(block["image"])} for block in parent.parts(BLOCK))
        digests = write_store(out, blocks, parent.columns(), attributes, size=parent.size, arrays=parent.arrays)
    made = {"payload": (out,), "store": out, "digests": digests, "normalized": True}
    return NormalizedManifest.model_validate({**facts, **made, "reference": name, "stain_fit": fit or None})
