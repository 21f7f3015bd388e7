"""An arm of the study, as the page speaks of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """An arm.

    Args:
        name: In the study.
        role: ``floor``, ``baseline``, ``plain``, ``synthetic``, ``real``, ``control`` or ``ceiling``.
        text: One line that says what it learns from.
        task: Whose labels a ceiling is trained with.
        baseline: The arm it is compared with.
        against: Its loss and that arm in words.
    """

    name: str
    role: str
    text: str
    task: str | None = None
    baseline: str | None = None
    against: str = ""
