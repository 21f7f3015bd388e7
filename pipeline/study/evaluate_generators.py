"""The jobs that judge what makes tiles: translators by their views, painters by the cohorts that they painted."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.job import Job
from pipeline.study import cohorts, normalize, synthesize, translate
from pipeline.study.encoders import code_of, files_of
from pipeline.study.need import Slides
from pipeline.study.rule import Rule
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
MARKED = ("light", "fluorescence")  # kinds of stains whose channels are markers


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
            "extractor": study.evaluate.extractor,
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
        spec = {"stains": stains, "extractor": study.evaluate.extractor}
        found.append(COHORT.job(name, inputs=inputs, groups=groups, code=code, spec=spec))
    return found


def _extractor(study: "Study") -> tuple[dict[str, dict[str, Path]], dict[str, str]]:
    """Files and code of the network that the study names; nothing where it is ours."""
    place = study.evaluate.extractor
    if place is None:
        return {}, {}
    return {"weights": {path.as_posix(): path for path in files_of(place)}}, {"extractor": code_of(place)}
