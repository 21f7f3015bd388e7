"""The jobs that judge normalisers: that of the study, and those that are tried beside it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.study import arm_spec, normalize, normalize_trials, pretrain, tile
from pipeline.study.learned import target_site
from pipeline.study.need import Slides
from pipeline.study.rule import Rule

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "results/scores"
NORMALIZATION = Rule(
    "evaluate_normalization",
    "evaluate",
    "pipeline.evaluate.normalization_score:score_normalization",
    {"manifest": FOLDER + "/normalization.json", "scores": FOLDER + "/normalization.npz"},
    inputs=("normalized", "tiled", "encoders"),
)
NORMALIZER = Rule(
    "evaluate_normalizer",
    "evaluate",
    "pipeline.evaluate.normalizer_score:score_normalizer",
    {"manifest": FOLDER + "/normalizers/{trial}.json", "scores": FOLDER + "/normalizers/{trial}.npz"},
    inputs=("tiled", "seeds", "encoders"),
)
RULES = (NORMALIZATION, NORMALIZER)
YARDSTICK = "macenko"  # the method whose stain vectors all are compared by, with its defaults


def normalizer_jobs(study: "Study", slides: Slides, spec: Json, code: Mapping[str, str]) -> list[Job]:
    """The jobs of the study's own normaliser, first, and of every trial.

    Args:
        study: Valid.
        slides: Of the sheet, or as a fold sees them.
        spec: What probes depend on.
        code: Of the kinds of task.
    """
    section, method, arm = study.normalize, normalize.METHODS[YARDSTICK], study.evaluate.fixed
    tiled = tile.INDEX.manifest()
    own: Json = {"stains": method.filled({})}
    groups, codes = dict[str, dict[str, Path]](), {"stains": method.code}
    if arm:
        seeds = study.pretrain.seeds_of(arm)
        groups["encoders"] = {str(seed): pretrain.TRAIN.manifest(arm, str(seed)) for seed in seeds}
        codes |= {**code, "encoder": arm_spec.family_code(study, arm)}
        own |= {**spec, "heads": ["linear"], "strata": []}
    both = {"normalized": normalize.INDEX.manifest(), "tiled": tiled}
    main = {"method": section.method, "reference": _site(study, slides), "per_slide": section.per_slide}
    found = [NORMALIZATION.job(inputs=both, groups=groups, code=codes, spec={**own, **main})]
    own |= normalize_trials.tested_spec(study, slides)
    for name, trial in section.trials.items():
        repeats = {str(seed): normalize_trials.TRIAL.manifest(name, str(seed)) for seed in trial.seeds}
        found.append(
            NORMALIZER.job(name, inputs={"tiled": tiled}, groups={"seeds": repeats, **groups}, code=codes, spec=own)
        )
    return found


def _site(study: "Study", slides: Slides) -> str | None:
    """The site that a normaliser brings others to that learns; that of others is known from the slides."""
    section = study.normalize
    learns = normalize.METHODS[section.method].learner
    return target_site(section.reference, section.stains, slides) if learns else None


def check_fixed(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the arm whose encoder looks at what normalisers made."""
    section, arms, where = study.evaluate, study.pretrain.arms, "evaluate.fixed"
    if section.fixed is not None and section.fixed not in arms:
        fix = f"choose one of: {', '.join(arms)}" if arms else "remove it: there are no arms"
        yield StudyError(f"{section.fixed!r} is no arm", where=where, fix=fix)
    elif section.fixed is not None and not section.tasks:
        yield StudyError("there is no task that it could be asked", where=where, fix="add evaluate.tasks, or remove it")
