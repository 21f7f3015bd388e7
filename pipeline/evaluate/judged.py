"""The slides that a normaliser is judged on: a sample of tiles of each, before and after."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.manifests.trial import TrialManifest
from pipeline.core.measures.domains import DOMAINS, EVERYONE, TRAIN, domain_of
from pipeline.core.store.even import even_rows
from pipeline.core.store.store import TileStore


@dataclass(frozen=True)
class Judged:
    """A slide.

    Args:
        slide: Its name.
        patient: Whose.
        site: Where from.
        split: ``train``, ``val`` or ``test``.
        source: Store of the tiles as they were cut.
        rows: int64 (tile,), the sample, as rows of ``source``.
        result: Store of the tiles as the normaliser left them.
        places: int64 (tile,), the sample as rows of ``result``.
        fit: The slide's stain as the normaliser knows it.
        truth: What its maker knows of it.
    """

    slide: str
    patient: str
    site: str
    split: str
    source: Path
    rows: np.ndarray
    result: Path
    places: np.ndarray
    fit: Json
    truth: Json

    def before(self) -> np.ndarray:
        """The sample as it was: uint8 (tile, y, x, 3)."""
        return TileStore(self.source).tiles(self.rows)

    def after(self) -> np.ndarray:
        """The sample as it is now, of the same shape."""
        return TileStore(self.result).tiles(self.places)


def of_trial(trial: TrialManifest, tiled: Mapping[str, TileManifest]) -> list[Judged]:
    """The slides of a trial."""
    rows, found = TileStore(trial.store).column("row"), []
    for own in trial.slides:
        places = np.arange(own.first, own.first + own.tiles)
        facts = {"slide": own.slide, "patient": own.patient, "site": own.site, "split": own.split}
        source = _source(tiled, own.slide)
        found.append(
            Judged(
                **facts,
                source=source,
                rows=rows[places],
                result=trial.store,
                places=places,
                fit=own.fit or {},
                truth=tiled[own.slide].truth or {},
            )
        )
    return found


def of_study(
    normalized: Collection[NormalizedManifest], tiled: Mapping[str, TileManifest], per_slide: int, target: str | None
) -> list[Judged]:
    """The slides that the study's own normaliser changed, by the rows that a trial takes.

    Args:
        normalized: All slides.
        tiled: Likewise, as they were cut.
        per_slide: Tiles of a slide.
        target: A site whose slides are left as they are, and others brought to; None where there is none.
    """
    found, stains = [], {own.stain for own in normalized if own.normalized}
    for own in normalized:
        left = own.site == target and own.stain in stains
        if (own.normalized or left) and own.tiles and own.store:
            rows = even_rows(own.tiles, per_slide)
            facts = {"slide": own.slide, "patient": own.patient, "site": own.site, "split": own.split}
            found.append(
                Judged(
                    **facts,
                    source=_source(tiled, own.slide),
                    rows=rows,
                    result=own.store,
                    places=rows,
                    fit=own.stain_fit or {},
                    truth=own.truth or {},
                )
            )
    return found


def _source(tiled: Mapping[str, TileManifest], slide: str) -> Path:
    store = tiled[slide].store if slide in tiled else None
    if store is None:
        raise ProductError(f"no tiles of {slide}", where="data/tiles/index.json", fix="run the normalize phase again")
    return store


def target_site(reference: str | None, slides: Iterable[Judged]) -> str:
    """The site that all others are to look like: that of the reference.

    Args:
        reference: A slide or a site; None: the site with most training slides, the first by name among equals.
        slides: At least one.
    """
    sites = {own.slide: own.site for own in slides}
    if reference is not None:
        return sites.get(reference, reference)
    learned = Counter(own.site for own in slides if own.split == TRAIN) or Counter(sites.values())
    return min(learned, key=lambda site: (-learned[site], site))


def parts(slides: list[Judged], seen: set[str]) -> Iterator[tuple[str, list[int]]]:
    """Domain, and positions of its slides; everyone is a domain of its own, and training patients have none.

    Args:
        slides: In any order.
        seen: Sites with a training patient.
    """
    domains = [domain_of(own.split, seen=own.site in seen) for own in slides]
    for domain in DOMAINS[1:]:
        found = [place for place, own in enumerate(domains) if domain in (own, EVERYONE)]
        if found:
            yield domain, found
