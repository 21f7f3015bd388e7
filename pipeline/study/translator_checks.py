"""Mistakes in translators, told before any job starts."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.cohort.privileged import REAL, SELF
from pipeline.core.errors import StudyError
from pipeline.study.adversarial import check_size
from pipeline.study.diffusion import check_attention
from pipeline.study.generators import check_generator, check_labelled
from pipeline.study.need import Slides, need_pair, need_patients, need_stain
from pipeline.study.translator_method import TranslatorMethod

if TYPE_CHECKING:
    from pipeline.study.study import Study
    from pipeline.study.translate import Translator

TAKEN = (REAL.strip("/"), SELF, "normalize")


def check_taken(name: str, where: str) -> Iterator[StudyError]:
    """A name that means something else where translators are named."""
    if name in TAKEN:
        yield StudyError(f"name {name!r} is taken by the pipeline", where=where, fix="rename it")


def check_translator(
    study: "Study", section: "Translator", method: TranslatorMethod, where: str
) -> Iterator[StudyError]:
    """Mistakes in the section of a translator, beside its name and its options as such."""
    options, size = f"{where}.options", study.tile.size
    yield from _check_ends(section, method, where)
    if method.generates:
        yield from check_generator(study, section, method, where)
    yield from check_size(method, section.options, size, options)
    yield from _check_norm(section, f"{options}.norm")
    yield from check_attention(method, section.options, size, f"{options}.attention")


def check_slides(
    study: "Study", section: "Translator", method: TranslatorMethod, where: str, slides: Slides
) -> Iterator[StudyError]:
    """Whether a translator has slides to learn from."""
    for end in method.ends:
        yield from need_stain(getattr(section, end), f"{where}.{end}", slides, ("train",)).check()
    if method.generates:
        yield from check_labelled(study, section, method, where, slides)
    elif section.pairing == "paired" or section.pairs:
        key = "pairing" if section.pairing == "paired" else "pairs"
        yield from need_pair(section.source, section.target, f"{where}.{key}", slides, ("train",)).check()
    if section.pairs:
        yield from need_patients(section.pairs, section.source, section.target, f"{where}.pairs", slides)


def check_repeats(study: "Study") -> Iterator[StudyError]:
    """Whether an arm of a seed stands beside one drawing of ``pairs``."""
    having = {name: section.repeats for name, section in study.translate.items() if section.pairs}
    if len(set(having.values())) > 1:
        told = ", ".join(f"{name}: {repeats}" for name, repeats in having.items())
        yield StudyError(
            f"translators with 'pairs' are repeated equally often, for each repeat draws its patients; found {told}",
            where=f"translate.{next(iter(having))}.repeats",
            fix="give them the same repeats",
        )


def _check_ends(section: "Translator", method: TranslatorMethod, where: str) -> Iterator[StudyError]:
    """What a method that reads two stains asks of them."""
    if len(method.ends) == 1:
        return
    if section.source == section.target:
        yield StudyError(f"from {section.source!r} to itself", where=f"{where}.target", fix="name two stains")
    if section.pairing is None:
        fix = "add it; paired: from registered slides, or unpaired"
        yield StudyError("it is missing", where=f"{where}.pairing", fix=fix)
    elif method.paired_only and section.pairing != "paired":
        yield StudyError(
            f"{section.method!r} learns from registered slides",
            where=f"{where}.pairing",
            fix="set pairing: paired, or use a method that needs no pairs",
        )


def _check_norm(section: "Translator", where: str) -> Iterator[StudyError]:
    """Batch norm that never sees a batch."""
    if section.options.get("norm") == "batch" and section.batch == 1:
        yield StudyError(
            "batch norm of one tile learns with that tile's statistics, and is used with those of all tiles",
            where=where,
            fix="remove it (norm: instance is what it comes to), or set batch to 2 or more",
        )
