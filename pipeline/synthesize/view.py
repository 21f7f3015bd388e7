"""The privileged view of every tile of one slide."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import FACTS, Cohort, Member
from pipeline.core.files import Json, read_json
from pipeline.core.job import Job
from pipeline.core.seeds import derive
from pipeline.core.store.store import TileStore, write_store
from pipeline.core.translation.translator import Translator
from pipeline.synthesize.quality import quality

COLUMNS = ("xy", "tissue")


def make_slide(job: Job) -> Json:
    """Translates a slide, writes the privileged store and measures its quality.

    Args:
        job: Reads the translator's manifest, the slide's and those of its registered partners.

    Returns:
        The slide's facts, the store, what made it, and its ``quality``.

    Raises:
        ProductError: The translator was trained on a patient that is a test patient now.
    """
    translator, slide, *others = (read_json(path) for path in job.inputs)
    head = {"translator": translator["translator"], "seed": job.spec["seed"]}
    if slide["status"] != "complete":
        return {**slide, **head}
    partners = [other for other in others if other["status"] == "complete"]
    Cohort(map(_member, (slide, *partners))).forbid_test(translator["patients"], f"translator {head['translator']}")

    folder, weights = Path(translator["folder"]), translator["weights"]
    forward = Translator.load(folder)
    backward = Translator.load(folder, "backward") if "backward" in weights else None
    seed = derive(job.spec["seed"], "synthesize", head["translator"], slide["slide"])
    parent = TileStore(Path(slide["store"]))
    made = {**head, "checkpoint": weights["generator"], "parent": slide["store"]}
    digests = write_store(
        job.store,
        _translated(forward, parent.blocks(job.spec["batch"]), seed),
        {name: parent.column(name) for name in COLUMNS},
        {**parent.attributes, **made, "stain": translator["target"]},
        size=parent.size,
    )
    real = TileStore(Path(partners[0]["store"])) if partners else None
    return {
        **{fact: slide[fact] for fact in FACTS},
        **made,
        "status": "complete",
        "source": translator["source"],
        "target": translator["target"],
        "store": job.store.as_posix(),
        "tiles": len(parent),
        "digests": digests,
        "quality": quality(parent, TileStore(job.store), real, forward, backward, seed=derive(seed, "noise")),
    }


def _translated(forward: Translator, blocks: Iterator[np.ndarray], seed: int) -> Iterator[np.ndarray]:
    for number, block in enumerate(blocks):
        yield forward(block, seed=derive(seed, number))


def _member(manifest: Json) -> Member:
    return Member(**{fact: manifest[fact] for fact in FACTS}, store=Path(manifest["store"]), tiles=manifest["tiles"])
