"""What a normaliser that learns asks of a study: several sites, one of which is the target, and tiles that fit it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.core.errors import StudyError
from pipeline.study.adversarial import check_size
from pipeline.study.need import Slides, listed
from pipeline.study.section import Training

if TYPE_CHECKING:
    from pipeline.study.normalizer import Normalizer

AUTO = "auto"


def target_site(reference: str, stains: Collection[str], slides: Slides) -> str:
    """The site that slides of all others are brought to; empty where no training slide decides it.

    Args:
        reference: A site, or AUTO: the one with the most training slides of ``stains``, of equals the first by name.
        stains: That are normalised.
        slides: Of the sheet, or of a fold.
    """
    if reference != AUTO:
        return reference
    counts = _training_sites(stains, slides)
    return min(counts, key=lambda site: (-counts[site], site), default="")


def check_networks(
    method: "Normalizer", options: Mapping[str, Any], training: Training, size: int, where: str
) -> Iterator[StudyError]:
    """The mistakes of tiles, or of batches, that do not fit the networks of a method that learns.

    Args:
        method: Known.
        options: Of the method, as ``params.yaml`` has them.
        training: As ``params.yaml`` has it.
        size: Side of a tile, pixels.
        where: Key of the section that names the method.
    """
    yield from check_size(method, options, size, f"{where}.options")
    if method.trained(training).batch < method.least_batch:
        message = f"{method.title} has batch norm, and learns from {method.least_batch} tiles at once at least"
        fix = f"remove it (the default is {method.training.batch}), or set it to {method.least_batch} or more"
        yield StudyError(message, where=f"{where}.training.batch", fix=fix)


def check_sites(reference: str, stains: Collection[str], slides: Slides, where: str) -> Iterator[StudyError]:
    """The mistake of a reference that is no site with training slides, or of training slides of one site alone.

    Args:
        reference: As above.
        stains: As above.
        slides: With a training slide of ``stains``, at least.
        where: Of the section that names the reference.
    """
    counts = _training_sites(stains, slides)
    if reference != AUTO and reference not in counts:
        yield StudyError(
            f"the reference must be a site with training slides of {listed(stains)}; "
            f"{reference!r} is {_found(reference, slides)}",
            where=f"{where}.reference",
            fix=f"{AUTO!r}, or one of: {listed(counts)}",
        )
    elif len(counts) == 1:
        yield StudyError(
            f"a normaliser that learns brings other sites to one, and all training slides are of site {listed(counts)}",
            where=f"{where}.method",
            fix="fill the column site of data/slides.csv, or name a method that fits every slide, such as macenko",
        )


def _training_sites(stains: Collection[str], slides: Slides) -> Counter[str]:
    """How many training slides of ``stains`` each site has."""
    return Counter(slide.site for slide in slides.values() if slide.stain in stains and slide.split == "train")


def _found(reference: str, slides: Slides) -> str:
    if any(slide.site == reference for slide in slides.values()):
        return "a site without one"
    return f"a slide, of site {slides[reference].site!r}" if reference in slides else "no site of the sheet"
