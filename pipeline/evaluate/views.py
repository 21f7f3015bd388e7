"""The views that a translator made, set against set: whether they look like real tiles, differ, and are no copies."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.digests import digest_bytes
from pipeline.core.files import Json
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.measures.domains import DOMAINS, TESTED, domain_of
from pipeline.core.measures.memorisation import structure
from pipeline.core.measures.records import TRANSLATE, Score
from pipeline.core.store.store import TileStore
from pipeline.evaluate.cloud import Cloud, Named
from pipeline.evaluate.extractor import Extractor
from pipeline.evaluate.markers import LIGHT
from pipeline.evaluate.neighbours import copies
from pipeline.evaluate.sample import Sample, Slide, is_rgb
from pipeline.evaluate.triples import INSTANCE, Triple, specificity

WANTED, JUDGED, KNOWN = 1024, 128, 2048  # tiles of a set, those whose neighbours are looked for, and these


@dataclass(frozen=True)
class Views:
    """The views of a repeat of a translator, whether or not a slide has a partner.

    Args:
        spec: Of the job, see :func:`pipeline.evaluate.translator_score.score_translator`.
        extractor: That it asks for.
        translator: That made them.
        cohort: The slides.
        views: Slide to store.
    """

    spec: Json
    extractor: Extractor
    translator: TranslatorManifest
    cohort: Cohort
    views: Mapping[str, Path]

    def scores(self) -> Iterator[Score]:
        """All of them, domain by domain."""
        shown = [m for m in self.cohort.select(stain=self.translator.source) if m.slide in self.views]
        real = self.cohort.select(stain=self.translator.target)
        for domain in DOMAINS:
            own, others = ([m for m in members if self._domain(m) == domain] for members in (shown, real))
            if own and others:
                yield from self._apart(domain, own, others)
            triples = list(self._triples(own)) if self.spec["markers"] else []
            if triples:
                for found in specificity(triples, self.spec["kinds"]):
                    yield self._score(domain, found, own)

    def _apart(self, domain: str, own: list[Member], others: list[Member]) -> Iterator[Score]:
        """Of 8-bit RGB; test patients' tiles alone are not to look like those that the translator was trained on."""
        made, real = self._made(own, WANTED), Sample.of(map(Slide.of, others), WANTED)
        if made.is_rgb() and real.is_rgb():
            for found in Cloud.of(made, self.extractor).apart(Cloud.of(real, self.extractor), ""):
                yield self._score(domain, found, [*own, *others])
            seen = set(self.translator.patients)
            known = [m for m in self.cohort.select(stain=self.translator.target) if m.patient in seen]
            if known and domain in TESTED:
                learned, made = Sample.of(map(Slide.of, known), KNOWN), self._made(own, JUDGED)
                real = Sample.of(map(Slide.of, others), JUDGED)
                tiles = (images for _, images in learned.blocks()), (made.images(),), (real.images(),)
                yield self._score(domain, copies("nearest/pixels", structure, *tiles, made.owners), own)

    def _made(self, members: list[Member], wanted: int) -> Sample:
        return Sample.of((Slide.of(m, self.views[m.slide]) for m in members), wanted)

    def _triples(self, sources: Iterable[Member]) -> Iterator[Triple]:
        """Registered slides; those that are seen in light can be unmixed as 8-bit RGB alone."""
        kinds = self.spec["kinds"]
        for source in sources:
            real = self.cohort.partner(source.slide, self.translator.target)
            found = [self.cohort.partner(source.slide, stain) for stain in self.spec["labelled"]]
            nuclei = next((m.store for m in found if m and TileStore(m.store).has(INSTANCE)), None)
            ends = {"source": source.store, "target": real.store} if real else {}
            if real and all(is_rgb(store) for end, store in ends.items() if kinds[end] == LIGHT):
                view = self.views[source.slide]
                yield Triple(source.patient, source.store, view, real.store, nuclei, source.tiles)

    def _domain(self, member: Member) -> str | None:
        return domain_of(member.split, seen=member.site in self.cohort.sites_seen())

    def _score(self, domain: str, found: Named, members: list[Member]) -> Score:
        name, pool, patients, n = found
        paired = digest_bytes(*(member.slide.encode() for member in members))
        return Score(TRANSLATE, domain, name, pool, patients, n, paired, self.translator.repeat)
