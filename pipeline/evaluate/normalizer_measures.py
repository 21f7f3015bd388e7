"""A normaliser by one yardstick: what it keeps, and how near it brings the slides to a target and to one another."""

from collections.abc import Iterator

import numpy as np

from pipeline.core.digests import digest_bytes
from pipeline.core.job import Job
from pipeline.core.measures.angles import angles
from pipeline.core.measures.dispersion import Dispersion
from pipeline.core.measures.distance import Distance, Gaps
from pipeline.core.measures.domains import EVERYONE, TRAIN
from pipeline.core.measures.frechet import Features, Frechet
from pipeline.core.measures.means import Largest, Means
from pipeline.core.measures.pool import Pool
from pipeline.core.measures.records import NORMALIZE, Score
from pipeline.evaluate.appearance import Appearance, appearance
from pipeline.evaluate.extractor import EXTRACTOR, load_extractor
from pipeline.evaluate.judged import Judged, parts, target_site

STAINS = ["haematoxylin", "second"]


def judge(job: Job, slides: list[Judged], reference: str | None, seen: set[str]) -> Iterator[Score]:
    """The scores of one repeat of a normaliser; none without slides.

    Args:
        job: Its code ``stains`` fits two stains, with the options that its spec has under this name.
        slides: That it is judged on.
        reference: The slide or site that they were brought to; None where there is none.
        seen: Sites with a training patient.
    """
    if slides:
        target, embed = target_site(reference, slides), load_extractor()
        fit = job.load("stains")(**job.spec["stains"]).fit
        aims = [(slide.site, slide.split) == (target, TRAIN) for slide in slides]
        looks = [appearance(slide, fit, embed, aim=aim) for slide, aim in zip(slides, aims, strict=True)]
        yield from Yardstick(slides, looks, target, seen).scores()


class Yardstick:
    """Scores of one normaliser.

    Args:
        slides: That it is judged on.
        looks: Of each; those with an ``aim`` are what the slides of other sites are to look like. Slides without tissue
            are not compared with these.
        target: Site of these.
        seen: Sites with a training patient.
    """

    def __init__(self, slides: list[Judged], looks: list[Appearance], target: str, seen: set[str]) -> None:
        self.slides, self.looks, self.seen = slides, looks, seen
        coloured = [place for place, look in enumerate(looks) if not np.isnan(look.before.moments).any()]
        self.target = [place for place in coloured if looks[place].aim]
        self.others = {place for place in coloured if slides[place].site != target}

    def scores(self) -> Iterator[Score]:
        """All of them; see docs/methods.md."""
        yield from self._stain_errors()
        yield from self._spread()
        for domain, places in parts(self.slides, self.seen):
            yield self._structure(domain, places)
            others = [place for place in places if place in self.others]
            if others and self.target:
                yield from self._to_target(domain, others)

    def _structure(self, domain: str, places: list[int]) -> Score:
        ssim = np.concatenate([self.looks[p].ssim for p in places])
        names, patient = self._patients(places)
        owners = np.repeat(patient, [len(self.looks[p].ssim) for p in places])
        return self._score(domain, "", Means.of(["ssim"], ssim[:, None], owners), places, names)

    def _to_target(self, domain: str, others: list[int]) -> Iterator[Score]:
        """Of slides of other sites."""
        both = [*others, *self.target]
        names, patient = self._patients(both)
        own, theirs = patient[: len(others)], patient[len(others) :]
        looks, targets = ([self.looks[p] for p in places] for places in (others, self.target))
        moments = np.array([[look.before.moments for look in looks], [look.after.moments for look in looks]])
        aim = np.array([look.before.moments for look in targets])
        distance = Distance(np.array(["before", "after"]), moments, own, aim, theirs)
        yield self._score(domain, "colour_distance", distance, both, names)
        details = [look.aim for look in targets if look.aim]
        made = _clouds([look.made.features for look in looks], own)
        pool = Frechet.of(EXTRACTOR, made, _clouds([detail.features for detail in details], theirs))
        yield self._score(domain, "frechet", pool, both, names)
        known = [detail.stains for detail in details if detail.stains is not None]
        if known:
            yield self._drift(domain, others, np.mean(known, axis=0))

    def _drift(self, domain: str, others: list[int], target: np.ndarray) -> Score:
        """From the target's stains, which are taken as known; a slide whose pixels tell no stains does not count."""
        found = [self.looks[p].made.stains for p in others]
        degrees = np.array([(np.nan, np.nan) if own is None else angles(own, target) for own in found])
        names, patient = self._patients(others)
        pool = Means.of([*STAINS, "mean"], np.column_stack([degrees, degrees.mean(1)]), patient)
        return self._score(domain, "stain_drift_degrees", pool, others, names)

    def _stain_errors(self) -> Iterator[Score]:
        """Of the fits, against what the makers of slides know."""
        known = [p for p, own in enumerate(self.slides) if "stain_matrix" in own.truth and "matrix" in own.fit]
        if known:
            pairs = ((self.slides[p].fit["matrix"], self.slides[p].truth["stain_matrix"]) for p in known)
            degrees = np.array([angles(np.array(fit), np.array(truth)) for fit, truth in pairs])
            names, patient = self._patients(known)
            largest = np.zeros(len(names))
            np.maximum.at(largest, patient, degrees.max(1))
            for pool in (Means.of(STAINS, degrees, patient), Largest(largest)):
                yield self._score(EVERYONE, "stain_error_degrees", pool, known, names)

    def _spread(self) -> Iterator[Score]:
        """Of mean colours: about their mean, and from site to site."""
        places = list(range(len(self.slides)))
        names, patient = self._patients(places)
        sites, group = np.unique([own.site for own in self.slides], return_inverse=True)
        for when in ("before", "after"):
            vectors = np.array([getattr(look, when).mean for look in self.looks])
            yield self._score(EVERYONE, f"colour_{when}", Dispersion(vectors, patient), places, names)
            if len(sites) > 1:
                yield self._score(EVERYONE, f"colour_gap_{when}", Gaps(sites, vectors, group, patient), places, names)

    def _patients(self, places: list[int]) -> tuple[tuple[str, ...], np.ndarray]:
        """Names, and whose each slide is: int (slide,)."""
        names, patient = np.unique([self.slides[p].patient for p in places], return_inverse=True)
        return tuple(names.tolist()), patient

    def _score(self, domain: str, name: str, pool: Pool, places: list[int], names: tuple[str, ...]) -> Score:
        paired = digest_bytes(*(self.slides[p].slide.encode() for p in places))
        return Score(NORMALIZE, domain, name, pool, names, len(places), paired)


def _clouds(parts: list[np.ndarray], patient: np.ndarray) -> Features:
    """Of the features of slides, and the patient of each."""
    return Features(np.repeat(patient, [len(part) for part in parts]), np.concatenate(parts))
