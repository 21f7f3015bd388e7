"""A normaliser that is judged beside that of the study: what it makes of a sample of tiles of every slide."""

from collections.abc import Iterator

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member, require_rgb
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.normalizer import NormalizerManifest
from pipeline.core.manifests.trial import TrialManifest, TrialSlide
from pipeline.core.seeds import derive
from pipeline.core.store.even import even_rows
from pipeline.core.store.store import TileStore, write_store
from pipeline.normalize.normalizer import FittedNormalizer, Normalizer, load_normalizer, usable
from pipeline.normalize.reference import AUTO, medoid
from pipeline.normalize.sample import sample_pixels

FACTS = ("slide", "patient", "site", "stain", "split")
COLUMNS = ("xy", "tissue")  # of the slides' own stores
Fits = dict[str, Json]


def make_trial(job: Job) -> TrialManifest:
    """Transforms ``per_slide`` evenly spaced tiles of every usable slide and writes them to one store.

    Fits and the reference are those that the method would have as the study's own: of all tiles of a slide, and the
    most typical training slide. A ``reference`` may be a site as well: the most typical of its training slides or, of
    a method that fits no slides, the site itself.

    Args:
        job: Its key is the trial and the seed. Reads the ``tiled`` index and, of a method that learned, its ``model``;
            code ``normalizer``, without which tiles are copied. Its spec holds ``seed``, ``method``, ``options``,
            ``reference``, ``stains``, ``per_slide`` and, of a fold, the patients ``tested``.

    Raises:
        ProductError: There is no slide of these stains, or none to be the reference, or tiles are not of 8-bit RGB.
    """
    spec, out, cohort = job.spec, job.outputs["store"], Cohort.read(job.inputs["tiled"])
    if "tested" in spec:
        cohort = cohort.tested_on(spec["tested"])
    members = [member for stain in spec["stains"] for member in cohort.select(stain=stain)]
    if not members:
        raise ProductError("no slide to normalise", where="normalize.stains", fix="check the sheet's stain column")
    stores = [TileStore(member.store) for member in members]
    for store in stores:
        require_rgb(store.array("image"), str(store.path))
    normalizer: Normalizer | None = load_normalizer(job) if "normalizer" in job.code else None
    site = NormalizerManifest.read(job.inputs["model"]).target if "model" in job.inputs else None
    fits, reference = Fits(), site or (None if spec["reference"] == AUTO else spec["reference"])
    if isinstance(normalizer, FittedNormalizer):
        fits = {member.slide: _fit(normalizer, member, spec["seed"]) for member in members}
        reference = _reference(normalizer, members, fits, spec["reference"])
        fits = {slide: usable(fit, fits[reference]) for slide, fit in fits.items()}
    rows = [even_rows(member.tiles, spec["per_slide"]) for member in members]
    counts = [len(own) for own in rows]
    read = list(zip(stores, rows, strict=True))
    columns = {name: np.concatenate([store.column(name)[own] for store, own in read]) for name in COLUMNS}
    columns |= {"slide": np.repeat(np.arange(len(members), dtype=np.int32), counts), "row": np.concatenate(rows)}

    def blocks() -> Iterator[np.ndarray]:
        for member, (store, own) in zip(members, read, strict=True):
            tiles = store.tiles(own)
            if normalizer and member.site != site:  # a site that others are brought to is left as it is
                tiles = normalizer.change(fits.get(member.slide, {}), fits.get(reference or "", {}))(tiles)
            yield tiles

    attributes = {"trial": job.key[0], "normalizer": spec["method"], "reference": reference}
    digests = write_store(out, blocks(), columns, attributes, size=stores[0].size)
    starts = np.cumsum([0, *counts[:-1]]).tolist()
    slides = (
        TrialSlide(**{name: getattr(m, name) for name in FACTS}, first=first, tiles=count, fit=fits.get(m.slide))
        for m, first, count in zip(members, starts, counts, strict=True)
    )
    return TrialManifest(
        payload=(out,),
        trial=job.key[0],
        seed=int(job.key[1]),
        method=spec["method"],
        reference=reference,
        slides=tuple(slides),
        store=out,
        digests=digests,
    )


def _fit(normalizer: FittedNormalizer, member: Member, seed: int) -> Json:
    """As :func:`pipeline.normalize.fit.make_fit` has it."""
    return normalizer.fit(sample_pixels(TileStore(member.store), seed=derive(seed, "normalize", member.slide)))


def _reference(normalizer: FittedNormalizer, members: list[Member], fits: Fits, named: str) -> str:
    """The named slide, or the most typical of the training slides: of all, or of the site that is named."""
    if named in fits:
        return named
    learned = [m for m in members if m.split == "train" and named in (AUTO, m.site)]
    candidates = {m.slide: fits[m.slide] for m in learned}
    if not candidates:
        fix = (
            "'auto', or a training slide with tiles, or a site that has some; data/tiles/quarantine.csv says which lack"
        )
        raise ProductError(f"no slide to be the reference: {named}", where="normalize.trials.*.reference", fix=fix)
    return medoid(normalizer, candidates)
