"""An entry in the table of what ``translate`` trains."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.study.method import Method

Reads = Mapping[str, tuple[str, str]]  # array of a batch to whose it is, ``source`` or ``target``, and its name there
IMAGES: Reads = {"source": ("source", "image"), "target": ("target", "image")}
OF_PAINTER: Reads = {
    "mask": ("source", "mask"),
    "instance": ("source", "instance"),
    "target": ("target", "image"),
}
OF_MASKS: Reads = {"mask": ("target", "mask")}
LABELS = ("mask", "instance")  # arrays that only slides with labelled nuclei have


@dataclass(frozen=True)
class TranslatorMethod(Method):
    """A way to train translators, and whatever else makes tiles.

    Args:
        paired_only: It learns from registered slides alone.
        makes: ``views`` of slides, or, where it *generates*, ``tiles`` for masks that it is given, or ``masks``.
        reads: What it learns from.
        generator: ``package.module:attribute`` of what puts to use what it exported, where it generates.
    """

    paired_only: bool = False
    makes: Literal["views", "tiles", "masks"] = "views"
    reads: Reads = field(default_factory=lambda: IMAGES)
    generator: str = ""

    @property
    def generates(self) -> bool:
        """Whether it makes tiles that there was no slide for: no view of slides is made with it."""
        return self.makes != "views"

    @property
    def ends(self) -> tuple[str, ...]:
        """Whose arrays it reads: ``source``, ``target`` or both."""
        return tuple(dict.fromkeys(end for end, _ in self.reads.values()))

    def labelled(self) -> list[str]:
        """The ends whose masks or instances it reads."""
        return [end for end in self.ends if any(own == end and name in LABELS for own, name in self.reads.values())]
