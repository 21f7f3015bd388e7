"""Captions that arms learn from: where the sentences come from, and mistakes in them before any job starts."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from pipeline.core.errors import ProductError, StudyError
from pipeline.core.slides.slide import Slide
from pipeline.core.text.caption_file import CaptionFile, read_captions
from pipeline.core.text.templates import FIELDS, LABEL, fields_of
from pipeline.study.arm import Arm, Text
from pipeline.study.need import listed
from pipeline.study.section import Section, Switch

if TYPE_CHECKING:
    from pipeline.study.study import Study

PARTIAL = "or set partial: true to learn without their tiles"


class Captions(Section):
    """``templates`` over what is known of a tile (:data:`pipeline.core.text.templates.FIELDS`), or a CSV ``file``.

    Of several templates one is taken in each step, in turn. ``partial``: tiles without a caption are left out, where
    else they are a mistake. See :mod:`pipeline.core.text.captions`.
    """

    templates: list[Text] = []
    file: Annotated[str, Field(min_length=1)] | None = None
    partial: Switch = False

    @property
    def labelled(self) -> bool:
        """Whether the class of a tile is a part of its caption, so that who learns from it is supervised."""
        return any(LABEL in fields_of(template) for template in self.templates)


def text_files(folder: str) -> list[Path]:
    """The files of a text encoder's folder: weights, config and tokeniser."""
    return sorted(file for file in Path(folder).glob("*") if file.suffix in (".json", ".safetensors"))


def check_captions(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the sources of captions that params.yaml alone shows."""
    for name, source in study.pretrain.captions.items():
        where = f"pretrain.captions.{name}"
        if bool(source.templates) == (source.file is not None):
            fix = "give templates: [...] or file: captions.csv, one of them"
            yield StudyError("captions come from templates or from a file", where=where, fix=fix)
        for place, template in enumerate(source.templates):
            yield from check_template(template, f"{where}.templates.{place}")


def check_template(
    template: str, where: str, *, known: tuple[str, ...] = FIELDS, needed: str = ""
) -> Iterator[StudyError]:
    """A field that is unknown, told with those there are, or missing; braces that do not match."""
    try:
        named = fields_of(template, known)
    except ValueError as error:
        yield StudyError(str(error), where=where, fix="correct it; {{ and }} stand for braces")
        return
    if needed and needed not in named:
        yield StudyError(f"{template!r} has no {{{needed}}}", where=where, fix="write it where the word is to stand")


def check_captioned(study: "Study", arm: Arm, where: str) -> Iterator[StudyError]:
    """Captions that an arm names and that are not there."""
    sources = study.pretrain.captions
    if arm.captions is not None and arm.captions not in sources:
        fix = f"choose one of: {', '.join(sources)}" if sources else "add them under pretrain.captions"
        yield StudyError(f"no captions {arm.captions!r}", where=f"{where}.captions", fix=fix)


def check_text(folder: str, where: str) -> Iterator[StudyError]:
    """A text encoder that cannot be used."""
    from pipeline.core.networks.text_folder import inspect_text  # a study without one loads no tokeniser

    try:
        inspect_text(Path(folder))
    except ProductError as error:
        yield StudyError(f"{error.message}: {error.where}", where=f"{where}.options.text", fix=error.fix)


def check_told(source: Captions, learned: list[Slide], where: str) -> Iterator[StudyError]:
    """Slides of whose tiles the captions say nothing, as far as the sheet and the file show it."""
    if source.labelled:
        lacking = [slide.slide_id for slide in learned if not slide.label and not slide.annotations]
        fix = f"fill label or annotations in data/slides.csv, leave {{{LABEL}}} out of the templates, {PARTIAL}"
    elif source.file:
        try:
            said = _file(Path(source.file), modified(Path(source.file))).said
        except ProductError as error:
            yield StudyError(error.message, where=error.where, fix=error.fix)
            return
        lacking = [slide.slide_id for slide in learned if slide.slide_id not in said]
        fix = f"add them to {source.file}, {PARTIAL}"
    else:
        return
    if lacking and (not source.partial or len(lacking) == len(learned)):
        told = f"{len(lacking)} of {len(learned)} training slides have no captions: {listed(lacking)}"
        yield StudyError(told, where=where, fix=fix)


def modified(path: Path) -> int:
    """When a file was last written, in nanoseconds; 0 where there is none."""
    return path.stat().st_mtime_ns if path.exists() else 0


@cache
def _file(path: Path, stamp: int) -> CaptionFile:  # read once for all arms and folds
    return read_captions(path)
