"""The arms of ``segment`` as the report speaks of them."""

from typing import TYPE_CHECKING

from pipeline.core.files import Json
from pipeline.study.arm import REAL_COHORT
from pipeline.study.evaluate_segmenters import role
from pipeline.study.segment import METHODS
from pipeline.study.segment_arm import SegmentArm

if TYPE_CHECKING:
    from pipeline.study.study import Study


def segmenter_entries(study: "Study") -> list[Json]:
    """The arms in the order of the study, the baseline first; each has the fields of
    :class:`pipeline.report.entry.SegmenterEntry`.
    """
    arms, first = study.segment.arms, study.segment.baseline
    return [_entry(study, name, arms[name]) for name in sorted(arms, key=lambda name: name != first)]


def _entry(study: "Study", name: str, arm: SegmentArm) -> Json:
    recipe = _recipe(study, arm)
    return {
        "name": name,
        "role": role(arm),
        "text": ", ".join([recipe, *(_share(source, share) for source, share in arm.shares.items())]),
        "train": arm.shares,
        "recipe": recipe,
    }


def _recipe(study: "Study", arm: SegmentArm) -> str:
    """All but what it learns from."""
    method = METHODS[arm.method]
    usual, chosen = method.filled({}), method.filled(arm.options)
    changed = [f"{key} {value}" for key, value in sorted(chosen.items()) if value != usual[key]]
    usually = study.segment.model_dump()
    changed += [
        f"{key} {value:g}" for key, value in sorted(arm.trained(study.segment).items()) if value != usually[key]
    ]
    parts = [f"{method.title} ({', '.join(changed)})" if changed else method.title]
    if arm.encoder:
        parts.append(f"on the frozen encoder {arm.encoder}")
    if arm.images and arm.images != study.segment.images:
        parts.append(f"learns {arm.images}")
    if arm.learn_through:
        parts.append(f"learns views by {arm.learn_through}")
    if arm.test_through:
        parts.append(f"sees views by {arm.test_through}")
    return ", ".join(parts)


def _share(source: str, share: float) -> str:
    if source == REAL_COHORT:
        return "all real tiles" if share == 1 else f"{share:.4g} of the real tiles"
    return f"{share:.4g} painted: {source}"
