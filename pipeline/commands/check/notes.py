"""What is no mistake in a study, and yet worth a word before a long run."""

from collections.abc import Iterator

from pipeline.study.arm import REAL_COHORT
from pipeline.study.cohort_checks import learned_steps
from pipeline.study.cohorts import REAL
from pipeline.study.study import Study

MANY = 1_000_000  # passes of a network for a tile that are worth a word


def notes(study: Study) -> Iterator[str]:
    """Synthetic cohorts that nothing learns from, and those that take many passes of their networks."""
    encoders, segmenters = study.pretrain.arms.values(), study.segment.arms.values()
    for name, section in study.synthesize.cohorts.items():
        learned = any(name in arm.cohorts for arm in encoders) or any(name in arm.painted for arm in segmenters)
        if not learned:
            hint = f"pretrain.arms.<name>.cohorts: [{REAL_COHORT}, {name}]"
            yield f"no arm learns from the synthetic cohort {name!r}; add it where it is to be used: {hint}"
        passes = section.count * _passes(study, name)
        if passes >= MANY:
            how = f"synthesize.cohorts.{name}.steps: 50 is often enough"
            yield f"{name!r} takes {passes:,} passes of its networks, each for one tile, in all; {how}"
        yield from _seen(study, name)


def _passes(study: Study, name: str) -> int:
    """Of a tile: one a step for its mask and one for its tissue, two where guidance overdoes what they are told."""
    section = study.synthesize.cohorts[name]
    painter = section.steps or learned_steps(study.translate[section.painter]) or 0
    maker = 0 if section.masks == REAL else section.steps or learned_steps(study.translate[section.masks]) or 0
    return painter * (2 if section.guidance else 1) + maker * (2 if section.mask_guidance else 1)


def _seen(study: Study, name: str) -> Iterator[str]:
    """A painter that sees every training patient, so that nobody can tell copies from others."""
    painter = study.translate[study.synthesize.cohorts[name].painter]
    if not painter.held_back and not painter.pairs:
        where = f"translate.{study.synthesize.cohorts[name].painter}.held_back"
        yield f"the painter of {name!r} sees every training patient: whether it copies tiles cannot be told ({where})"
