"""``translate``: tiles of two stains to a translator between them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.study import normalize
from pipeline.study.adversarial import CycleGANOptions, Pix2PixOptions
from pipeline.study.diffusion import MaskOptions, NASDMOptions, SynDiffOptions
from pipeline.study.generators import spec_of_generator
from pipeline.study.method import check_method
from pipeline.study.need import Slides
from pipeline.study.rule import Rule, check_name, index_job, index_rule
from pipeline.study.section import Count, Share, Training
from pipeline.study.translator_checks import check_repeats, check_slides, check_taken, check_translator
from pipeline.study.translator_method import OF_MASKS, OF_PAINTER, TranslatorMethod

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


METHODS = {
    "cyclegan": TranslatorMethod("pipeline.core.translation.cyclegan:CycleGAN", "CycleGAN", CycleGANOptions),
    "syndiff": TranslatorMethod("pipeline.translate.syndiff:SynDiff", "SynDiff", SynDiffOptions),
    "pix2pix": TranslatorMethod("pipeline.translate.pix2pix:Pix2Pix", "pix2pix", Pix2PixOptions, paired_only=True),
    "nasdm": TranslatorMethod(
        "pipeline.translate.nasdm:NASDM",
        "NASDM",
        NASDMOptions,
        paired_only=True,
        makes="tiles",
        reads=OF_PAINTER,
        generator="pipeline.core.diffusion.painter:Painter",
    ),
    "masks": TranslatorMethod(
        "pipeline.translate.masks:Masks",
        "mask diffusion",
        MaskOptions,
        makes="masks",
        reads=OF_MASKS,
        generator="pipeline.core.diffusion.mask_maker:MaskMaker",
    ),
}


class Translator(Training):
    """One image-to-image translator from stain ``source`` to stain ``target``, trained ``repeats`` times anew.

    It sees the target of ``pairs`` patients with registered slides; without, of all training patients. ``held_back``
    is the share of training patients that it is not shown, so that its gates can be measured on them. A generator of
    masks reads its target alone: it has no source and no pairing.
    """

    method: str
    source: str = "HE"
    target: str
    pairing: Literal["paired", "unpaired"] | None = None
    pairs: Count | None = None
    held_back: Share = 0.2
    repeats: Count = 1
    options: dict[str, Any] = {}


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """One job per translator and repeat, the index."""
    members = []
    for name, section in study.translate.items():
        method = METHODS[section.method]
        code = {"method": method.code}
        known = section.model_dump(mode="json", exclude={"repeats"})  # how many there are changes none of them
        known |= spec_of_generator(study, section, method) if method.generates else {}
        spec = {"seed": study.seed, **known, "options": _options(section)}
        inputs = {"cohort": normalize.INDEX.manifest()}
        members += [TRAIN.job(name, repeat, code=code, inputs=inputs, spec=spec) for repeat in repeats_of(section)]
    yield from members
    yield index_job(INDEX, members)


def view_makers(study: "Study") -> dict[str, Translator]:
    """The translators that make views of slides, as far as their methods are known; others generate tiles."""
    generating = [key for key, method in METHODS.items() if method.generates]
    return {name: own for name, own in study.translate.items() if own.method not in generating}


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
        where, method = f"translate.{name}", METHODS.get(section.method)
        yield from check_name(name, "translator", TRAIN, RULES, where)
        yield from check_taken(name, where)
        yield from check_method(METHODS, section.method, section.options, f"{where}.method", f"{where}.options")
        if method:
            yield from check_translator(study, section, method, where)
    yield from check_repeats(study)


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Whether every translator has slides to learn from."""
    for name, section in study.translate.items():
        yield from check_slides(study, section, METHODS[section.method], f"params.yaml: translate.{name}", slides)
