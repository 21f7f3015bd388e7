"""One repeat of a translator: its views against real slides, by domain."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.digests import digest_bytes
from pipeline.core.job import Job
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.manifests.translators import GateManifest, TranslatorManifest
from pipeline.core.measures.domains import DOMAINS, domain_of
from pipeline.core.measures.means import Means
from pipeline.core.measures.records import TRANSLATE, Score
from pipeline.core.measures.similarity import agreement, dice, l1, ssim
from pipeline.core.store.store import TileStore
from pipeline.evaluate.extractor import extractor_of
from pipeline.evaluate.score_file import write_scores
from pipeline.evaluate.views import Views

LIMIT = 512
MASK = "mask"
Measure = Callable[[np.ndarray, np.ndarray], float]


def score_translator(job: Job) -> ScoresManifest:
    """Compares the synthetic store of every slide with its real partner's, and all of them with real slides.

    Scores are means over slides of ``agreement``, ``l1``, ``ssim`` and, for masks, ``dice``. A domain
    without a registered pair has none; slides of the val split and of one tile are left out. Of a slide at
    most LIMIT tiles, evenly spaced, are compared.

    Of other targets than masks there are more, for which no tile needs a partner: distances of the views of a domain
    from its real slides, by the extractor, the diversity of both, and on test patients the share that may be copies of
    training tiles. Where a target has markers, specificity is measured on registered slides.

    Args:
        job: Inputs ``cohort``, ``translator`` and ``gate``, and those of a place of weights as group ``weights``; its
            spec gives the ``kinds`` of the stains ``source`` and ``target``, whether the target has ``markers``, the
            stains that may have ``labelled`` nuclei, and the ``extractor``, see
            :func:`pipeline.evaluate.extractor.extractor_of`; output ``scores``.
    """
    translator = TranslatorManifest.read(job.inputs["translator"])
    cohort = Cohort.read(job.inputs["cohort"])
    cohort.forbid_test(translator.patients, str(job.inputs["translator"]))
    views = {slide: view.store for slide, view in GateManifest.read(job.inputs["gate"]).members.items() if view.store}
    kinds = job.spec["kinds"]
    of_values = {"l1": l1, "ssim": ssim, **({"dice": dice} if kinds["target"] == MASK else {})}
    scaled = {name: partial(measure, full=translator.target_full) for name, measure in of_values.items()}
    measures: dict[str, Measure] = {"agreement": agreement, **scaled}
    found: dict[str, list[tuple[str, str, int, list[float]]]] = {}
    sites = cohort.sites_seen()
    for source, real in cohort.paired(source=translator.source, target=translator.target):
        domain, view = domain_of(source.split, seen=source.site in sites), views.get(source.slide)
        if domain and view and source.tiles > 1:
            one, other = _tiles(view, real.store, real.tiles)
            figures = [measure(one, other) for measure in measures.values()]
            found.setdefault(domain, []).append((source.slide, source.patient, len(one), figures))
    scores = [*_scores(found, list(measures), translator.repeat)]
    if kinds["target"] != MASK:
        scores += Views(job.spec, extractor_of(job), translator, cohort, views).scores()
    return write_scores(job, translator.translator, scores)


def _tiles(synthetic: Path, real: Path, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Tiles of both stores, row by row: (at most LIMIT, y, x, c)."""
    rows = np.unique(np.linspace(0, count - 1, min(count, LIMIT)).round().astype(int))
    return TileStore(synthetic).tiles(rows), TileStore(real).tiles(rows)


def _scores(
    found: dict[str, list[tuple[str, str, int, list[float]]]], names: list[str], repeat: int
) -> Iterator[Score]:
    """One score per domain, from slide, patient, number of tiles and figures."""
    for domain in (d for d in DOMAINS if d in found):
        slides, owners, tiles, figures = zip(*found[domain], strict=True)
        patients, patient = np.unique(owners, return_inverse=True)
        pool = Means.of(names, np.array(figures), patient)
        paired = digest_bytes(*(slide.encode() for slide in slides))
        yield Score(TRANSLATE, domain, "", pool, tuple(patients.tolist()), sum(tiles), paired, repeat)
