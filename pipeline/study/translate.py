"""``translate``: tiles of two stains to a translator between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError

from pipeline.core.cohort.privileged import REAL, SELF
from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.study import normalize
from pipeline.study.method import Method, check_method
from pipeline.study.need import Slides, need_pair, need_stain
from pipeline.study.rule import Rule, check_name, index_job, index_rule
from pipeline.study.section import Count, Section, Switch, Training, Weight, Whole

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "models/translators"
TRAIN = Rule(
    "translate",
    "translate",
    "pipeline.translate.training:make_translator",
    {"manifest": FOLDER + "/{translator}.json"},
    {"folder": FOLDER + "/{translator}"},
    ("cohort",),
)
INDEX = index_rule("translate", FOLDER, history=FOLDER + "/history.csv")
RULES = (TRAIN, INDEX)
LEAST_SIZE = 32  # pixels; less leaves the five convolutions of a discriminator nothing to see


class CycleGANOptions(Section):
    """See :class:`pipeline.translate.cyclegan.CycleGAN`."""

    ngf: Count = 64
    blocks: Count = 9
    ndf: Count = 64
    lambda_cycle: Weight = 10.0
    identity: Weight = 0.5
    pool: Whole = 50
    negative: Switch = False

    @property
    def multiple(self) -> int:
        """What the side of a tile is a multiple of: two halvings."""
        return 4


class Pix2PixOptions(Section):
    """See :class:`pipeline.translate.pix2pix.Pix2Pix`."""

    ngf: Count = 64
    downs: Annotated[int, Field(ge=2, le=12, strict=True)] = 8
    ndf: Count = 64
    lambda_l1: Weight = 100.0

    @property
    def multiple(self) -> int:
        """What the side of a tile is a multiple of: it is halved ``downs`` times."""
        return int(2**self.downs)


@dataclass(frozen=True)
class TranslatorMethod(Method):
    """A way to train translators; ``paired_only``: on registered slides alone."""

    paired_only: bool = False


METHODS = {
    "cyclegan": TranslatorMethod("pipeline.translate.cyclegan:CycleGAN", "CycleGAN", CycleGANOptions),
    "pix2pix": TranslatorMethod("pipeline.translate.pix2pix:Pix2Pix", "pix2pix", Pix2PixOptions, paired_only=True),
}


class Translator(Training):
    """One image-to-image translator from stain ``source`` to stain ``target``."""

    method: str
    source: str = "HE"
    target: str
    pairing: Literal["paired", "unpaired"]
    options: dict[str, Any] = {}


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """One translator each, the index."""
    members = []
    for name, section in study.translate.items():
        method = METHODS[section.method]
        options = method.filled(section.options)
        spec = {"seed": study.seed, **section.model_dump(mode="json"), "options": options}
        inputs = {"cohort": normalize.INDEX.manifest()}
        members.append(TRAIN.job(name, code={"method": method.code}, inputs=inputs, spec=spec))
    yield from members
    yield index_job(INDEX, members)


def check_params(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the section itself."""
    for name, section in study.translate.items():
        where = f"translate.{name}"
        yield from check_name(name, "translator", TRAIN, RULES, where)
        if name in (REAL.strip("/"), SELF):
            yield StudyError(f"name {name!r} is taken by the pipeline", where=where, fix="rename it")
        yield from check_method(METHODS, section.method, section.options, f"{where}.method", f"{where}.options")
        if section.source == section.target:
            fix = "name two stains"
            yield StudyError(f"from {section.source!r} to itself", where=f"{where}.target", fix=fix)
        if section.method in METHODS and METHODS[section.method].paired_only and section.pairing != "paired":
            yield StudyError(
                f"{section.method!r} learns from registered slides",
                where=f"{where}.pairing",
                fix="set pairing: paired, or use a method that needs no pairs",
            )
        yield from _check_size(section, where, study.tile.size)


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Whether every translator has slides to learn from."""
    for name, section in study.translate.items():
        where = f"params.yaml: translate.{name}"
        for end in ("source", "target"):
            yield from need_stain(getattr(section, end), f"{where}.{end}", slides, ("train",)).check()
        if section.pairing == "paired":
            yield from need_pair(section.source, section.target, f"{where}.pairing", slides, ("train",)).check()


def _check_size(section: Translator, where: str, size: int) -> Iterator[StudyError]:
    """Whether tiles of ``size`` px fit the networks; methods that do not say take any."""
    try:
        options = METHODS[section.method].options.model_validate(section.options)
    except (KeyError, ValidationError):
        return  # told by check_method
    multiple = getattr(options, "multiple", 1)
    if size % multiple or size < LEAST_SIZE:
        yield StudyError(
            f"tiles of {size} px (tile.size) do not fit this translator",
            where=f"{where}.options",
            fix=f"set tile.size to a multiple of {multiple}, at least {LEAST_SIZE}"
            + (", or options.downs to fewer" if "downs" in type(options).model_fields else ""),
        )
