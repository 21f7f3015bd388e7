"""One translator: its views against the registered real slides, by domain."""

from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.digests import digest_bytes
from pipeline.core.files import Json, read_json
from pipeline.core.job import Job
from pipeline.core.measures.similarity import agreement, dice, l1, ssim
from pipeline.core.store.store import TileStore
from pipeline.evaluate.tiles import IN_DOMAIN, UNSEEN
from pipeline.study.sheet import MASK

LIMIT = 512
DIGITS = 6


def score_translator(job: Job) -> Json:
    """Compares the synthetic store of every slide with its real partner's.

    Args:
        job: Reads the cohort, the translator's manifest and its gate.

    Returns:
        ``domains``: for ``train``, ``in_domain`` and ``unseen_site``, means over slides of
        ``agreement``, ``l1``, ``ssim`` and, for masks, ``dice``; and the numbers of slides and tiles.
        A domain without a registered pair is left out, and so are slides of
        the val split and of one tile. Of a slide at most LIMIT tiles, evenly
        spread, are compared.
    """
    translator, gate = (read_json(path) for path in job.inputs[1:])
    cohort = Cohort.read()
    cohort.forbid_test(translator["patients"], str(job.inputs[1]))
    found: dict[str, list[Json]] = {}
    for source, real in cohort.paired(source=translator["source"], target=translator["target"]):
        entry = gate["members"].get(source.slide, {})
        if entry.get("status") == "complete" and source.split != "val" and source.tiles > 1:
            figures = _compare(Path(entry["store"]), real, translator["target"] == MASK)
            found.setdefault(_domain(cohort, source), []).append(figures)
    domains = {name: _mean(figures) for name, figures in sorted(found.items())}
    return {
        "status": "complete",
        "translator": job.key[0],
        "domains": domains,
        "digest": digest_bytes(repr(domains).encode()),
    }


def _compare(store: Path, real: Member, mask: bool) -> Json:
    rows = np.unique(np.linspace(0, real.tiles - 1, min(real.tiles, LIMIT)).round().astype(int))
    a, b = (TileStore(path).tiles(rows) for path in (store, real.store))
    found = {"agreement": agreement(a, b), "l1": l1(a, b), "ssim": ssim(a, b)}
    return {**found, **({"dice": dice(a, b)} if mask else {}), "tiles": len(rows)}


def _mean(figures: list[Json]) -> Json:
    names = [name for name in figures[0] if name != "tiles"]
    means = {name: round(float(np.mean([f[name] for f in figures])), DIGITS) for name in names}
    return {**means, "slides": len(figures), "tiles": sum(f["tiles"] for f in figures)}


def _domain(cohort: Cohort, member: Member) -> str:
    if member.split == "train":
        return "train"
    return IN_DOMAIN if member.site in cohort.sites_seen() else UNSEEN
