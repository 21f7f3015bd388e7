"""A synthetic cohort: whether it looks real, shows its masks, is diverse, no copy, and what was asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.cohort.paired import registered
from pipeline.core.digests import digest_bytes
from pipeline.core.job import Job
from pipeline.core.manifests.cohorts import CohortManifest
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.measures.consistency import consistency
from pipeline.core.measures.domains import EVERYONE
from pipeline.core.measures.means import Means
from pipeline.core.measures.memorisation import structure
from pipeline.core.measures.records import COHORT, Score
from pipeline.evaluate.cloud import Cloud, Named
from pipeline.evaluate.extractor import Extractor, extractor_of
from pipeline.evaluate.neighbours import Tiles, copies, labelled, whole
from pipeline.evaluate.sample import Sample, Slide, numbered
from pipeline.evaluate.score_file import write_scores

WANTED, JUDGED, KNOWN = 4096, 512, 4096  # tiles of a set, those whose neighbours are looked for, and these
REAL = {  # whose real tiles a cohort is compared with, the first that there are
    "unseen_patients": "training patients whom the painter was not trained on",
    "val_patients": "patients of the val split",
    "training_patients": "patients whom the painter was trained on",
}
Pairs = list[tuple[Member, Member]]  # masks, and the tissue that they are registered to


@dataclass(frozen=True)
class Set:
    """Tissue with its masks.

    Args:
        tissue: Some tiles of every slide.
        masks: The same tiles of the slides that say where nuclei are to be.
    """

    tissue: Sample
    masks: Sample

    @classmethod
    def of(cls, pairs: Pairs, wanted: int) -> "Set":
        """About ``wanted`` tiles."""
        tissue = Sample.of((Slide.of(shown) for _, shown in pairs), wanted)
        return cls(tissue, replace(tissue, slides=tuple(Slide.of(labels) for labels, _ in pairs)))

    def blocks(self) -> Iterator[Tiles]:
        """Images and masks, some tiles at a time."""
        return labelled(self.tissue, self.masks)

    def consistency(self, name: str) -> Named:
        """Of tissue with masks, by patient; ``name`` is that of the score."""
        found = np.concatenate([consistency(images, masks) for images, masks in self.blocks()])
        patients, (number,) = numbered(self.tissue.owners)
        return name, Means.of(["consistency"], found[:, None], number), patients, len(self.tissue)


def score_cohort(job: Job) -> ScoresManifest:
    """Compares painted tiles with real ones of no test patient, with their masks, and with what the painter learned.

    Args:
        job: Inputs ``cohort``, ``synthetic`` and ``painter``, and those of a place of weights as group ``weights``; its
            spec gives the ``stains`` of the ``tissue`` and its ``masks`` and the ``extractor``, see
            :func:`pipeline.evaluate.extractor.extractor_of`; output ``scores``.

    Raises:
        ProductError: A generator saw a patient who is a test patient now.
    """
    cohort, made = Cohort.read(job.inputs["cohort"]), CohortManifest.read(job.inputs["synthetic"])
    painter = TranslatorManifest.read(job.inputs["painter"])
    cohort.forbid_test(made.patients, str(job.inputs["synthetic"]))
    ends = {"source": job.spec["stains"]["masks"], "target": job.spec["stains"]["tissue"]}
    painted = registered(_painted(made), **ends)
    found = [*_counts(made), *_scores(painted, cohort, set(painter.patients), ends, extractor_of(job))]
    paired = digest_bytes(*(tissue.slide.encode() for _, tissue in painted))
    scores = (Score(COHORT, EVERYONE, name, pool, who, n, paired) for name, pool, who, n in found)
    return write_scores(job, job.key[0], scores)


def _painted(made: CohortManifest) -> Cohort:
    members = (Member.of(NormalizedManifest.model_validate(slide)) for slide in made.members.values())
    return Cohort(filter(None, members))


def _scores(
    painted: Pairs, cohort: Cohort, seen: set[str], ends: dict[str, str], extractor: Extractor
) -> Iterator[Named]:
    """All that is measured on tiles; none of it without painted ones."""
    if not painted:
        return
    made = Set.of(painted, WANTED)
    yield made.consistency("painted")
    training = registered(cohort, **ends)
    known, others = ([p for p in training if (p[1].patient in seen) == side] for side in (True, False))
    whose, real = _real(cohort, ends["target"], seen)
    if real:
        tiles = Sample.of(map(Slide.of, real), WANTED)
        yield from Cloud.of(made.tissue, extractor).apart(Cloud.of(tiles, extractor), whose)
    if training:
        yield Set.of(others or known, JUDGED).consistency("real")
    if known and others:
        learned, judged, unseen = (Set.of(*own) for own in ((known, KNOWN), (painted, JUDGED), (others, JUDGED)))
        owners, shown, theirs = judged.tissue.owners, whole(judged.blocks()), whole(unseen.blocks())
        yield copies("nearest/pixels", structure, learned.blocks(), shown, theirs, owners)
        pictures = ((images,) for images, _ in learned.blocks())
        yield copies(f"nearest/{extractor.name}", extractor, pictures, shown[:1], theirs[:1], owners)


def _real(cohort: Cohort, stain: str, seen: set[str]) -> tuple[str, list[Member]]:
    """Real slides of no test patient, and whose they are; see REAL."""
    training = cohort.select(stain=stain, split="train")
    found = (
        [member for member in training if member.patient not in seen],
        cohort.select(stain=stain, split="val"),
        training,
    )
    return next(((name, members) for name, members in zip(REAL, found, strict=True) if members), ("", []))


def _counts(made: CohortManifest) -> Iterator[Named]:
    """Tiles that were asked to show a class, those that do, and by how much more or fewer these are."""
    names, counts, who = list(made.counts), list(made.counts.values()), (made.provenance.cohort,)
    asked, got = (np.array([[getattr(own, key)] for own in counts], np.float64) for key in ("asked", "got"))
    ones = np.ones_like(asked)
    for name, sums, over in (
        ("asked", asked, ones),
        ("got", got, ones),
        ("difference", np.where(asked > 0, got - asked, 0), asked),
    ):
        if names:
            yield name, Means(np.array(names), sums, over), who, made.tiles
    exact = np.array([[made.exact]], np.float64)
    yield "", Means(np.array(["as_asked"]), exact, np.full_like(exact, made.tiles)), who, made.tiles
