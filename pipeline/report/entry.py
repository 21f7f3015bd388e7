"""An arm of the study, as the page speaks of it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """An arm.

    Args:
        name: In the study.
        role: ``floor``, ``pretrained``, ``no_view``, ``own_view``, ``shuffled``, ``blank``, ``synthetic``, ``real``,
            ``distilled``, ``captioned`` or ``supervised``.
        text: One line that says what it learns from.
        task: Whose labels a supervised one is trained with.
        loss: In words; empty where it has none.
        published: The arm without a view that it is compared with, as the papers compare.
        view: Where its privileged view comes from; empty where it has none.
        patients: Training patients whose registered slides taught it, or the translator of its view; None for arms
            that need no such slides.
        restricted: It learns from the tiles of these patients alone.
        colour: Strength of its augmentation in colour.
    """

    name: str
    role: str
    text: str
    task: str | None = None
    loss: str = ""
    published: str | None = None
    view: str = ""
    patients: int | None = None
    restricted: bool = False
    colour: float = 1.0


@dataclass(frozen=True)
class SegmenterEntry:
    """An arm of ``segment``.

    Args:
        name: In the study.
        role: ``synthetic`` where it sees pictures that were made, else ``real``.
        text: One line that says what it learns from, and how.
        train: Source to its share of the real tiles with labels.
        recipe: All but what it learns from, in words; arms that agree in it differ in their tiles alone.
    """

    name: str
    role: str
    text: str
    train: Mapping[str, float]
    recipe: str
