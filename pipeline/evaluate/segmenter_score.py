"""An arm of ``segment``: what its segmenters find in the test tiles, against the labels of these."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.labelled import Labelled, labelled_slides
from pipeline.core.console import track
from pipeline.core.diffusion.conditions import check_classes
from pipeline.core.digests import digest_bytes
from pipeline.core.job import Job
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.core.manifests.translators import GateManifest, TranslatorManifest
from pipeline.core.measures.domains import DOMAINS, domain_of
from pipeline.core.measures.records import SEGMENT, Score
from pipeline.core.segmentation.segmenter import Segmenter
from pipeline.core.store.rows import Rows
from pipeline.evaluate.score_file import write_scores
from pipeline.evaluate.shown_tiles import ShownTiles
from pipeline.evaluate.tally import Tally

BLOCK = 32  # tiles held at a time


def score_segmenter(job: Job) -> ScoresManifest:
    """Compares what the segmenters of an arm find with the labels, on every test tile, read once for all seeds.

    Beside the scores, the ``.npz`` holds tiles to look at, see :class:`pipeline.evaluate.shown_tiles.ShownTiles`.

    Args:
        job: Its key is the arm. Input ``cohort``; the manifests of the arm's segmenters as group ``seeds``; where they
            see views, ``gates`` and ``translators`` by seed; its spec gives the ``stains`` of the ``labels`` and of
            what is tested, ``test``; code ``network``; output ``scores``.

    Raises:
        ProductError: A test patient was learned from, or there is no test slide with labels.
    """
    cohort, stains = Cohort.read(job.inputs["cohort"]), job.spec["stains"]
    trained = {seed: SegmenterManifest.read(path) for seed, path in job.groups["seeds"].items()}
    for group, kind in (("seeds", SegmenterManifest), ("translators", TranslatorManifest)):
        for path in job.groups.get(group, {}).values():
            cohort.forbid_test(kind.read(path).patients, str(path))
    gates = {seed: GateManifest.read(path) for seed, path in job.groups.get("gates", {}).items()}
    slides = labelled_slides(cohort, images=stains["test"], labels=stains["labels"], split="test")
    segmenters = {seed: Segmenter.load(own.folder) for seed, own in trained.items()}
    classes = next(iter(trained.values())).classes
    shown = ShownTiles(next(iter(trained)))
    scores = list(_scores(_by_domain(cohort, slides), segmenters, gates, classes, shown))
    first = segmenters[shown.seed]
    return write_scores(job, job.key[0], scores, more=shown.arrays(first, gates.get(shown.seed)))


def _by_domain(cohort: Cohort, slides: list[Labelled]) -> dict[str, list[Labelled]]:
    """Domains in order, those alone that have slides."""
    sites = cohort.sites_seen()
    found = {
        name: [one for one in slides if domain_of("test", seen=one.slide.site in sites) == name] for name in DOMAINS
    }
    return {name: own for name, own in found.items() if own}


def _scores(
    domains: Mapping[str, list[Labelled]],
    segmenters: Mapping[str, Segmenter],
    gates: Mapping[str, GateManifest],
    classes: tuple[str, ...],
    shown: ShownTiles,
) -> Iterator[Score]:
    """Domain by domain, and of each seed by seed."""
    for domain, slides in domains.items():
        patients = sorted({one.slide.patient for one in slides})
        tallies = {seed: Tally(classes, patients) for seed in segmenters}
        for one in track(slides, f"Segmenting slides, {domain}"):
            for seed, rows, truth, found in _found(one, segmenters, gates):
                dice = tallies[seed].add(one.slide.patient, truth, found)
                if seed == shown.seed:
                    shown.offer(one, rows, dice)
        names = (name for one in slides for name in (one.slide.slide, one.labels.as_posix()))
        paired = digest_bytes(*(name.encode() for name in names))
        tiles = sum(one.slide.tiles for one in slides)
        for seed, tally in tallies.items():
            for pool in tally.pools():
                yield Score(SEGMENT, domain, "", pool, tuple(patients), tiles, paired, int(seed))


Labels = tuple[np.ndarray, np.ndarray]


def _found(
    one: Labelled, segmenters: Mapping[str, Segmenter], gates: Mapping[str, GateManifest]
) -> Iterator[tuple[str, slice, Labels, Labels]]:
    """Seed, rows, labels and what was found, block by block; tiles that several seeds see are read once."""
    views: dict[Path, list[str]] = {}
    for seed in segmenters:
        views.setdefault(one.pixels(gates.get(seed)), []).append(seed)
    images, masks, instances = {path: Rows([path]) for path in views}, one.array("mask"), one.array("instance")
    classes = next(iter(segmenters.values())).classes
    for start in range(0, one.slide.tiles, BLOCK):
        rows = slice(start, min(start + BLOCK, one.slide.tiles))
        truth = masks[rows], instances[rows]
        check_classes(truth[:1], classes, where=one.slide.slide)
        for path, seeds in views.items():
            pixels = images[path][rows]
            for seed in seeds:
                yield seed, rows, truth, segmenters[seed](pixels)
