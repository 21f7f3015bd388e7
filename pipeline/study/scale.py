"""Mistakes in how a batch is shared by devices and split in parts."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.study.objectives import OBJECTIVES

if TYPE_CHECKING:
    from pipeline.study.pretrain import Pretrain


def check_scale(section: "Pretrain") -> Iterator[StudyError]:
    """A batch that cannot be shared evenly, and arms whose loss is another in parts."""
    shares = section.devices * section.nodes * section.accumulate
    if section.batch % shares:
        found = f"{section.nodes} nodes x {section.devices} devices x {section.accumulate} parts"
        text = f"a batch of {section.batch} cannot be shared evenly by {found}"
        yield StudyError(text, where="pretrain.batch", fix=f"a multiple of {shares}")
    elif section.accumulate > 1 and section.batch // section.accumulate < 2:
        text = "a part of one tile has no statistics for batch norm"
        yield StudyError(text, where="pretrain.accumulate", fix=f"at most {section.batch // 2}")
    for name, arm in section.arms.items() if section.accumulate > 1 else ():
        objective, where = OBJECTIVES.get(arm.objective), f"pretrain.arms.{name}"
        fix = "set pretrain.accumulate: 1; to hold less at a time, use more devices or bf16-mixed"
        if objective and objective.trains and not objective.separable:
            text = f"{arm.objective!r} compares the tiles of a batch, so that the loss of its parts is another"
            yield StudyError(text, where=f"{where}.objective", fix=fix)
        elif objective and arm.control == "shuffled":
            text = "a shuffled view is another tile's of the batch, and a part does not have them all"
            yield StudyError(text, where=f"{where}.control", fix=fix)
