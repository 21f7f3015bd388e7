"""``translate``: tiles of two stains to a translator between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError

from pipeline.core.cohort.privileged import REAL, SELF
from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.study import normalize
from pipeline.study.adversarial import CycleOptions, UNetOptions, check_size
from pipeline.study.method import Method, check_method
from pipeline.study.need import Slides, need_pair, need_patients, need_stain
from pipeline.study.rule import Rule, check_name, index_job, index_rule
from pipeline.study.section import Count, Positive, Section, Share, Switch, Training, Weight, Whole

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "models/translators"
TRAIN = Rule(
    "translate",
    "translate",
    "pipeline.translate.training:make_translator",
    {"manifest": FOLDER + "/{translator}/{repeat}.json"},
    {"folder": FOLDER + "/{translator}/{repeat}"},
    ("cohort",),
)
INDEX = index_rule("translate", FOLDER, history=FOLDER + "/history.csv")
RULES = (TRAIN, INDEX)


class CycleGANOptions(CycleOptions):
    """See :class:`pipeline.core.translation.cyclegan.CycleGAN`."""

    negative: Switch = False


class Pix2PixOptions(UNetOptions):
    """See :class:`pipeline.translate.pix2pix.Pix2Pix`. Without ``norm``: ``instance`` at batch 1, else ``batch``."""

    lambda_l1: Weight = 100.0
    norm: Literal["batch", "instance"] | None = None


class SynDiffOptions(Section):
    """See :class:`pipeline.translate.syndiff.SynDiff`."""

    diffusion_steps: Count = 4
    width: Count = 64
    multipliers: Annotated[list[Count], Field(min_length=1)] = [1, 1, 2, 2, 4, 4]
    blocks: Count = 2
    attention: Whole = 16
    latent: Count = 100
    style: Count = 256
    ndf: Count = 128
    downs: Count = 6
    ngf: Count = 64
    translator_blocks: Count = 6
    patch: Count = 64
    lambda_l1: Weight = 0.5
    lambda_cycle: Weight = 0.5
    r1: Weight = 1.0
    r1_every: Count = 10
    discriminator_rate: Positive = 0.625
    final_rate: Share = 0.0625
    ema: Share = 0.999
    validates_every: Count | None = 1000

    @property
    def multiple(self) -> int:
        """What the side of a tile is a multiple of: the most halvings of a generator or a discriminator."""
        return int(2 ** max(len(self.multipliers) - 1, self.downs, 2))


@dataclass(frozen=True)
class TranslatorMethod(Method):
    """A way to train translators; ``paired_only``: on registered slides alone."""

    paired_only: bool = False


METHODS = {
    "cyclegan": TranslatorMethod("pipeline.core.translation.cyclegan:CycleGAN", "CycleGAN", CycleGANOptions),
    "syndiff": TranslatorMethod("pipeline.translate.syndiff:SynDiff", "SynDiff", SynDiffOptions),
    "pix2pix": TranslatorMethod("pipeline.translate.pix2pix:Pix2Pix", "pix2pix", Pix2PixOptions, paired_only=True),
}


class Translator(Training):
    """One image-to-image translator from stain ``source`` to stain ``target``, trained ``repeats`` times anew.

    It sees the target of ``pairs`` patients with registered slides; without, of all training patients. ``held_back``
    is the share of training patients that it is not shown, so that its gates can be measured on them.
    """

    method: str
    source: str = "HE"
    target: str
    pairing: Literal["paired", "unpaired"]
    pairs: Count | None = None
    held_back: Share = 0.2
    repeats: Count = 1
    options: dict[str, Any] = {}


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """One job per translator and repeat, the index."""
    members = []
    for name, section in study.translate.items():
        code = {"method": METHODS[section.method].code}
        known = section.model_dump(mode="json", exclude={"repeats"})  # how many there are changes none of them
        spec = {"seed": study.seed, **known, "options": _options(section)}
        inputs = {"cohort": normalize.INDEX.manifest()}
        members += [TRAIN.job(name, repeat, code=code, inputs=inputs, spec=spec) for repeat in repeats_of(section)]
    yield from members
    yield index_job(INDEX, members)


def repeats_of(section: Translator) -> list[str]:
    """The repeats of a translator, as they stand in the keys of its jobs."""
    return [str(repeat) for repeat in range(section.repeats)]


def repeat_of(section: Translator, position: int) -> str:
    """The repeat that the encoders of the seed at ``position`` of ``pretrain.seeds`` learn from."""
    return str(position % section.repeats)


def drawing(study: "Study", position: int) -> int:
    """The drawing of ``pairs`` that the arms of the seed at ``position`` share with the translators they stand beside.

    It is that of the repeat that these arms learn from; where no translator has ``pairs``, one for each seed.
    """
    repeats = [section.repeats for section in study.translate.values() if section.pairs]
    return position % repeats[0] if repeats else position


def _options(section: Translator) -> Json:
    """All options; batch norm in a batch of one tile is instance norm, and is called so."""
    options = METHODS[section.method].filled(section.options)
    if options.get("norm", "") is None:
        options["norm"] = "instance" if section.batch == 1 else "batch"
    return options


def check_params(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the section itself."""
    for name, section in study.translate.items():
        where = f"translate.{name}"
        yield from check_name(name, "translator", TRAIN, RULES, where)
        if name in (REAL.strip("/"), SELF, "normalize"):
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
        yield from check_size(METHODS.get(section.method), section.options, study.tile.size, f"{where}.options")
        yield from _check_norm(section, where)
        yield from _check_attention(section, study.tile.size, where)
    yield from _check_repeats(study)


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Whether every translator has slides to learn from."""
    for name, section in study.translate.items():
        where = f"params.yaml: translate.{name}"
        for end in ("source", "target"):
            yield from need_stain(getattr(section, end), f"{where}.{end}", slides, ("train",)).check()
        if section.pairing == "paired" or section.pairs:
            key = "pairing" if section.pairing == "paired" else "pairs"
            yield from need_pair(section.source, section.target, f"{where}.{key}", slides, ("train",)).check()
        if section.pairs:
            yield from need_patients(section.pairs, section.source, section.target, f"{where}.pairs", slides)


def _check_repeats(study: "Study") -> Iterator[StudyError]:
    """Whether an arm of a seed stands beside one drawing of ``pairs``."""
    having = {name: section.repeats for name, section in study.translate.items() if section.pairs}
    if len(set(having.values())) > 1:
        told = ", ".join(f"{name}: {repeats}" for name, repeats in having.items())
        yield StudyError(
            f"translators with 'pairs' are repeated equally often, for each repeat draws its patients; found {told}",
            where=f"translate.{next(iter(having))}.repeats",
            fix="give them the same repeats",
        )


def _check_attention(section: Translator, size: int, where: str) -> Iterator[StudyError]:
    """Attention of a map that the network has not."""
    if section.method != "syndiff":
        return
    try:
        options = SynDiffOptions.model_validate(section.options)
    except ValidationError:
        return  # told by check_method
    sides = [size // 2**level for level in range(len(options.multipliers))]
    if options.attention and options.attention not in sides:
        yield StudyError(
            f"no map of tiles of {size} px (tile.size) has {options.attention} places a side",
            where=f"{where}.options.attention",
            fix=f"one of: {', '.join(map(str, sides))}, or 0 for the innermost maps alone",
        )


def _check_norm(section: Translator, where: str) -> Iterator[StudyError]:
    """Batch norm that never sees a batch."""
    if section.options.get("norm") == "batch" and section.batch == 1:
        yield StudyError(
            "batch norm of one tile learns with that tile's statistics, and is used with those of all tiles",
            where=f"{where}.options.norm",
            fix="remove it (norm: instance is what it comes to), or set batch to 2 or more",
        )
