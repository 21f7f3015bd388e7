"""``normalize``: tiles to stain-normalised tiles."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.study import tile
from pipeline.study.adversarial import CycleOptions
from pipeline.study.learned import AUTO, check_networks, check_sites, target_site
from pipeline.study.method import check_method
from pipeline.study.need import Need, Slides, listed
from pipeline.study.normalize_trials import RULES as TRIAL_RULES
from pipeline.study.normalize_trials import Trial, check_references, check_trials, tested_spec, trial_jobs
from pipeline.study.normalizer import MacenkoOptions, Normalizer, ReinhardOptions, SAASNOptions, VahadaneOptions
from pipeline.study.rule import Rule, index_job, index_rule
from pipeline.study.section import Count, Name, Section, Training

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "data/normalized"
FIT = Rule(
    "normalize_fit",
    "normalize",
    "pipeline.normalize.fit:make_fit",
    {"manifest": FOLDER + "/fits/{slide}.json"},
    inputs=("tile",),
)
REFERENCE = Rule(
    "normalize_reference",
    "normalize",
    "pipeline.normalize.reference:make_reference",
    {"manifest": FOLDER + "/reference.json"},
    inputs=("fits",),
    checkpoint=True,
)
TRAIN = Rule(
    "normalize_train",
    "normalize",
    "pipeline.normalize.training:make_model",
    {"manifest": FOLDER + "/model.json"},
    {"folder": FOLDER + "/model"},
    ("tiled",),
)
SLIDE = Rule(
    "normalize",
    "normalize",
    "pipeline.normalize.normalized:make_normalized",
    {"manifest": FOLDER + "/{slide}.json"},
    {"store": FOLDER + "/{slide}.zarr"},
    ("tile", "fit", "reference", "model"),
)
INDEX = index_rule("normalize", FOLDER)
RULES = (FIT, REFERENCE, TRAIN, SLIDE, *TRIAL_RULES, INDEX)
LEARNED = "pipeline.normalize.learned:Learned"

METHODS = {
    "none": Normalizer("", "none"),  # every slide passes through
    "macenko": Normalizer("pipeline.normalize.macenko:Macenko", "Macenko", MacenkoOptions, fits=True),
    "vahadane": Normalizer("pipeline.normalize.vahadane:Vahadane", "Vahadane", VahadaneOptions, fits=True),
    "reinhard": Normalizer("pipeline.normalize.reinhard:Reinhard", "Reinhard", ReinhardOptions, fits=True),
    "staingan": Normalizer(
        LEARNED,
        "StainGAN",
        CycleOptions,
        learner="pipeline.core.translation.cyclegan:CycleGAN",
        training=Training(batch=4),
    ),
    "saasn": Normalizer(
        LEARNED,
        "SAASN",
        SAASNOptions,
        learner="pipeline.normalize.saasn:SAASN",
        training=Training(batch=16),
        least_batch=2,  # it has batch norm
    ),
}


class Normalize(Section):
    """Slides of ``stains`` are normalised to ``reference``: ``auto`` or a slide_id.

    A method that learns on the cohort is trained as ``training`` says; its ``reference`` is ``auto`` or a site.
    ``keep``: ``map`` stores what becomes of colours and no pixels, which are made when tiles are read. ``trials`` are
    judged beside ``method``, on ``per_slide`` tiles of every slide; no phase but ``evaluate`` sees them.
    """

    method: str = "macenko"
    reference: str = AUTO
    stains: list[str] = ["HE"]
    options: dict[str, Any] = {}
    keep: Literal["pixels", "map"] = "pixels"
    training: Training = Training()
    trials: dict[Name, Trial] = {}
    per_slide: Count = 64


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """What the method has to know first, one job per slide, the index; the trials."""
    section = study.normalize
    method = METHODS[section.method]
    spec = {"method": section.method, "options": method.filled(section.options)}
    split = {name: {"split": s.split} if study.folds else {} for name, s in slides.items()}  # of the fold
    site = target_site(section.reference, section.stains, slides) if method.learner else None
    changed = [name for name, s in slides.items() if method.code and s.stain in section.stains and s.site != site]
    first = list(_first(study, changed, slides, spec)) if changed else []
    yield from first
    known = {job.rule.removeprefix("normalize_"): job.manifest for job in first if job.rule != FIT.name}
    members = []
    for name in slides:
        tiles = tile.CUT.manifest(name)
        if name in changed:
            fit = FIT.manifest(name) if method.fits else None
            read = {"tile": tiles, "fit": fit, "reference": known.get("reference"), "model": known.get("train")}
            own = {**spec, **split[name], "keep": section.keep}
            members.append(SLIDE.job(name, code=method.applied, inputs=read, spec=own))
        else:
            members.append(SLIDE.job(name, inputs={"tile": tiles}, spec=split[name]))
    yield from members
    yield index_job(INDEX, members, first)
    yield from trial_jobs(study, slides, METHODS)


def _first(study: "Study", changed: list[str], slides: Slides, spec: Json) -> Iterator[Job]:
    """What is made before a slide can be normalised: fits and the reference among them, or a training."""
    section, method = study.normalize, METHODS[study.normalize.method]
    if method.fits:
        code = {"normalizer": method.code}
        for name in changed:
            inputs = {"tile": tile.CUT.manifest(name)}
            yield FIT.job(name, code=code, inputs=inputs, spec={"seed": study.seed, **spec})
        learned = [name for name in changed if slides[name].split == "train"]
        fits = {name: FIT.manifest(name) for name in (learned if section.reference == AUTO else [section.reference])}
        yield REFERENCE.job(code=code, groups={"fits": fits}, spec={**spec, "reference": section.reference})
    if method.learner:
        settings = {"seed": study.seed, **method.trained(section.training).model_dump(mode="json")}
        settings |= {"stains": section.stains, "target": target_site(section.reference, section.stains, slides)}
        settings |= tested_spec(study, slides)
        code = {"learner": method.learner}
        yield TRAIN.job(code=code, inputs={"tiled": tile.INDEX.manifest()}, spec={**settings, **spec})


def check_params(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the section itself."""
    section = study.normalize
    yield from check_method(METHODS, section.method, section.options, "normalize.method", "normalize.options")
    method = METHODS.get(section.method)
    learns = method and method.learner
    for key, acts in (("reference", learns or (method and method.fits)), ("training", learns)):
        if key in section.model_fields_set and method and method.code and not acts:
            where = f"normalize.{key}"
            yield StudyError(f"{key!r} has no effect on {section.method!r}", where=where, fix="remove it")
    if section.keep == "map" and method and method.code and not method.fits:
        text = f"{section.method!r} is no map of colours, which alone can be kept in place of pixels"
        yield StudyError(text, where="normalize.keep", fix="remove it")
    if study.folds and method and method.fits and section.reference != AUTO:
        message = f"slide {section.reference!r} cannot be the reference of every fold: in one of them it is tested"
        yield StudyError(message, where="normalize.reference", fix=f"{AUTO!r}")
    if method and learns:
        yield from check_networks(method, section.options, section.training, study.tile.size, "normalize")
    yield from check_trials(study, METHODS)


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Whether there is a training slide to be the reference, or to learn from."""
    yield from check_references(study, slides, METHODS)
    section, method = study.normalize, METHODS[study.normalize.method]
    those = [slide for slide in slides.values() if slide.stain in section.stains]
    if not (method.fits or method.learner):
        return
    usable = [slide.slide_id for slide in those if slide.split == "train"]
    if section.reference == AUTO or method.learner:
        known = listed(s.stain for s in slides.values())
        fix = f"its stains are: {known}; correct the column or the key, or set normalize.method to none"
        need = Need(f"slide of a stain in {section.stains}", "params.yaml: normalize.stains", those, ("train",), fix)
        yield from need.check()
        if usable and method.learner:
            yield from check_sites(section.reference, section.stains, slides, "params.yaml: normalize")
    elif section.reference not in usable:
        named = slides.get(section.reference)
        site = any(slide.site == section.reference for slide in those)
        found = f"a {named.split} slide of {named.stain}" if named else ("a site" if site else "no slide")
        yield StudyError(
            f"the reference must be a training slide of {listed(section.stains)}; {section.reference!r} is {found}",
            where="params.yaml: normalize.reference",
            fix=f"'auto', or one of: {listed(usable)}" + ("; trials alone compare with a site" if site else ""),
        )
