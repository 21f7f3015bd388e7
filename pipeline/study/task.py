"""A task: what the probes of an encoder are asked. A new kind is one module and one entry here."""

from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict

from pipeline.core.files import Json
from pipeline.study.method import Method
from pipeline.study.section import Section
from pipeline.study.task_kinds import AnnotationTask, CountTask, StainShareTask, StainTask


@dataclass(frozen=True)
class Kind(Method):
    """A kind of task; ``continuous``: its targets are values, not classes."""

    continuous: bool = False


HOME = "pipeline.core.tasks"
KINDS = {
    "annotation": Kind(f"{HOME}.annotation:Annotation", "annotated class", AnnotationTask),
    "count": Kind(f"{HOME}.instance_count:InstanceCount", "number of instances", CountTask, continuous=True),
    "stain": Kind(f"{HOME}.stain:Stain", "positive for a stain", StainTask),
    "stain_share": Kind(
        f"{HOME}.stain_share:StainShare", "share positive for a stain", StainShareTask, continuous=True
    ),
}


class Task(Section):
    """What a probe is asked; the other keys are those of its ``kind``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str

    @property
    def given(self) -> dict[str, Any]:
        """The keys of its kind, as ``params.yaml`` has them."""
        return dict(self.model_extra or {})

    @property
    def code(self) -> str:
        """Where its kind's code is."""
        return KINDS[self.kind].code

    @property
    def continuous(self) -> bool:
        """Whether its targets are values, not classes."""
        return self.kind in KINDS and KINDS[self.kind].continuous

    def filled(self) -> Json:
        """The kind and all its keys, given or not."""
        return {"kind": self.kind, **KINDS[self.kind].filled(self.given)}
