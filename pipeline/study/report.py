"""``report``: all of it to one page to look at."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.study import (
    cohorts,
    evaluate,
    normalize,
    normalize_trials,
    pretrain,
    segment,
    synthesize,
    tile,
    translate,
)
from pipeline.study.entries import entries
from pipeline.study.folds import fold_names, splits
from pipeline.study.need import Slides
from pipeline.study.rule import Rule
from pipeline.study.section import Count, Section
from pipeline.study.segment_entries import segmenter_entries

if TYPE_CHECKING:
    from pipeline.study.study import Study

PAGE = Rule(
    "report",
    "report",
    "pipeline.report.page:make_page",
    {"manifest": "results/report/index.json", "page": "results/report/index.html"},
    {"costs": "benchmarks/costs.html", "cards": "models/cards"},
    (
        "tiled",
        "normalized",
        "trials",
        "translators",
        "privileged",
        "synthetic",
        "encoders",
        "segmenters",
        "scores",
        "figures",
    ),
)
RULES = (PAGE,)


class Report(Section):
    """``tiles``: columns of a panel of pictures."""

    title: str = "SynPriv"
    tiles: Count = 6


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """The page."""
    section, summary = study.evaluate, evaluate.SUMMARY.job()
    inputs = {
        "tiled": tile.INDEX.manifest(),
        "normalized": normalize.INDEX.manifest(),
        "trials": normalize_trials.TRIALS.manifest() if study.normalize.trials else None,
        "translators": translate.INDEX.manifest(),
        "privileged": synthesize.INDEX.manifest(),
        "synthetic": cohorts.COHORTS.manifest(),
        "encoders": pretrain.INDEX.manifest(),
        "segmenters": segment.INDEX.manifest(),
        "scores": summary.manifest,
        "figures": summary.outputs["figures"],
    }
    spec = {
        "seed": study.seed,
        "folds": fold_names(study.folds),
        **study.report.model_dump(mode="json"),
        "params": study.model_dump(mode="json"),
        "arms": entries(study, next(iter(splits(slides, study.folds, study.seed).values()))),
        "segmenters": segmenter_entries(study),
        "few": section.few,
        "baseline": section.baseline,
        "rules": [[rule.name, rule.phase] for rule in study.rules()],
    }
    yield PAGE.job(inputs=inputs, spec=spec)


def check_params(study: "Study") -> Iterator[StudyError]:
    """No key of this section depends on another."""
    return iter(())


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """The page asks nothing of the sheet."""
    return iter(())
