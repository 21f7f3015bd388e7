"""The jobs that judge segmenters on test slides with labels, and what each is compared with."""

from typing import TYPE_CHECKING

from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.study import normalize, segment, synthesize, translate
from pipeline.study.need import Slides
from pipeline.study.rule import Rule
from pipeline.study.segment_arm import SegmentArm, test_of

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "results/scores"
SEGMENTER = Rule(
    "evaluate_segmenter",
    "evaluate",
    "pipeline.evaluate.segmenter_score:score_segmenter",
    {"manifest": FOLDER + "/segmenters/{arm}.json", "scores": FOLDER + "/segmenters/{arm}.npz"},
    inputs=("cohort", "seeds", "gates", "translators"),
)
RULES = (SEGMENTER,)


def segmenter_jobs(study: "Study", slides: Slides) -> list[Job]:
    """One job per arm, of all its seeds."""
    section = study.segment
    stains = {"labels": section.labels, "test": test_of(study, slides)} if section.arms else {}
    found = []
    for name, arm in section.arms.items():
        groups = {"seeds": {str(seed): segment.TRAIN.manifest(name, str(seed)) for seed in section.seeds}}
        if arm.test_through:
            made = study.translate[arm.test_through]
            keys = {
                str(seed): (arm.test_through, translate.repeat_of(made, place))
                for place, seed in enumerate(section.seeds)
            }
            groups |= {"gates": {seed: synthesize.GATE.manifest(*key) for seed, key in keys.items()}}
            groups |= {"translators": {seed: translate.TRAIN.manifest(*key) for seed, key in keys.items()}}
        code = {"network": segment.METHODS[arm.method].network, **segment.encoder_code(study, arm)}
        inputs = {"cohort": normalize.INDEX.manifest()}
        found.append(SEGMENTER.job(name, code=code, inputs=inputs, groups=groups, spec={"stains": stains}))
    return found


def compared_with(study: "Study") -> dict[str, Json]:
    """What each arm is compared with, as :func:`pipeline.evaluate.verdicts.judge` asks: all that is named for it."""
    section = study.segment
    return {
        name: _compared(arm, [section.baseline] if name != section.baseline else [])
        for name, arm in section.arms.items()
    }


def role(arm: SegmentArm) -> str:
    """``synthetic`` of one that sees pictures that were made; else ``real``."""
    return "synthetic" if arm.generated else "real"


def _compared(arm: SegmentArm, first: list[str | None]) -> Json:
    named = list(dict.fromkeys([*filter(None, first), *arm.against]))
    return {"role": role(arm), "published": None, "controls": [], "named": named, "against": named, "headline": False}
