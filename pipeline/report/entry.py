"""An arm of the study, as the page speaks of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """An arm.

    Args:
        name: In the study.
        role: ``floor``, ``no_view``, ``own_view``, ``shuffled``, ``blank``, ``synthetic``, ``real`` or ``supervised``.
        text: One line that says what it learns from.
        task: Whose labels a supervised one is trained with.
        loss: In words; empty where it has none.
        published: The arm without a view that it is compared with, as the papers compare.
    """

    name: str
    role: str
    text: str
    task: str | None = None
    loss: str = ""
    published: str | None = None
