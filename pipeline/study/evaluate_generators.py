"""The jobs that judge what makes tiles: translators by their views, painters by the cohorts that they painted."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.errors import ProductError, StudyError
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.networks.inception_file import PICKLES, inspect_inception
from pipeline.study import cohorts, normalize, synthesize, translate
from pipeline.study.arm import Text
from pipeline.study.encoders import check_place, code_of, files_of
from pipeline.study.need import Slides
from pipeline.study.rule import Rule
from pipeline.study.section import Section
from pipeline.study.stains import kind_of

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "results/scores"
TRANSLATOR = Rule(
    "evaluate_translator",
    "evaluate",
    "pipeline.evaluate.translator_score:score_translator",
    {
        "manifest": FOLDER + "/translators/{translator}/{repeat}.json",
        "scores": FOLDER + "/translators/{translator}/{repeat}.npz",
    },
    inputs=("cohort", "translator", "gate", "weights"),
)
COHORT = Rule(
    "evaluate_cohort",
    "evaluate",
    "pipeline.evaluate.cohort_score:score_cohort",
    {"manifest": FOLDER + "/cohorts/{cohort}.json", "scores": FOLDER + "/cohorts/{cohort}.npz"},
    inputs=("cohort", "synthetic", "painter", "weights"),
)
RULES = (TRANSLATOR, COHORT)
INCEPTION = "pipeline.core.networks.inception:read_inception"
MARKED = ("light", "fluorescence")  # kinds of stains whose channels are markers


class Inception(Section):
    """``inception``: a file with the weights of the network that FID and Inception Scores are published with."""

    inception: Text


def place_or_file(given: object) -> object:
    """What was given; raises ValueError where it is neither a place of weights nor a file of Inception's."""
    named = given.get("inception") if isinstance(given, dict) and len(given) == 1 else given
    if given is not None and not (isinstance(named, str) and named):
        raise ValueError("expected a folder of weights, or {inception: FILE}")
    return given


def check_extractor(named: str | Inception, tile: int) -> Iterator[StudyError]:
    """Whether the weights by whose features sets are compared are there, and take tiles of so many pixels."""
    where = "evaluate.extractor"
    if isinstance(named, str):
        hint = f"of FID's Inception write {{inception: {named}}}; " if Path(named).suffix in PICKLES else ""
        for error in check_place(named, tile, where):
            yield StudyError(error.message, where=error.where, fix=f"{hint}{error.fix}")
        return
    try:
        inspect_inception(Path(named.inception))
    except ProductError as error:
        yield StudyError(error.message, where=f"{where}.inception: {error.where}", fix=error.fix)


def translator_jobs(study: "Study", slides: Slides) -> list[Job]:
    """One job per repeat of a translator that makes views."""
    kinds = {slide.stain: kind_of(slide.stain, study.stains) for slide in slides.values()}
    groups, code = _extractor(study)
    found = []
    for name, translator in translate.view_makers(study).items():
        own = {end: kind_of(getattr(translator, end), study.stains) for end in ("source", "target")}
        spec = {
            "kinds": own,
            "markers": own["target"] in MARKED and translator.target != study.primary(slides),
            "labelled": sorted(stain for stain, kind in kinds.items() if kind == "mask"),
            "extractor": _told(study),
        }
        for key in ((name, repeat) for repeat in translate.repeats_of(translator)):
            made = {"translator": translate.TRAIN.manifest(*key), "gate": synthesize.GATE.manifest(*key)}
            inputs = {"cohort": normalize.INDEX.manifest(), **made}
            found.append(TRANSLATOR.job(*key, inputs=inputs, groups=groups, code=code, spec=spec))
    return found


def cohort_jobs(study: "Study") -> list[Job]:
    """One job per synthetic cohort."""
    groups, code = _extractor(study)
    found = []
    for name, section in study.synthesize.cohorts.items():
        painter = study.translate[section.painter]
        inputs = {
            "cohort": normalize.INDEX.manifest(),
            "synthetic": cohorts.COHORT.manifest(name),
            "painter": translate.TRAIN.manifest(section.painter, cohorts.REPEAT),
        }
        stains = {"tissue": painter.target, "masks": painter.source}
        spec = {"stains": stains, "extractor": _told(study)}
        found.append(COHORT.job(name, inputs=inputs, groups=groups, code=code, spec=spec))
    return found


def _extractor(study: "Study") -> tuple[dict[str, dict[str, Path]], dict[str, str]]:
    """Files and code of the network that the study names; nothing where it is ours."""
    named = study.evaluate.extractor
    if named is None:
        return {}, {}
    if isinstance(named, Inception):
        return {"weights": {named.inception: Path(named.inception)}}, {"extractor": INCEPTION}
    return {"weights": {path.as_posix(): path for path in files_of(named)}}, {"extractor": code_of(named)}


def _told(study: "Study") -> Json | str | None:
    """The extractor as a job's spec has it."""
    named = study.evaluate.extractor
    return named.model_dump() if isinstance(named, Inception) else named
