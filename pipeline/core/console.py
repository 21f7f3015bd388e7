"""What a person sees while work goes on."""

from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track as rich_track

T = TypeVar("T")
console = Console(stderr=True, soft_wrap=True, highlight=False)


def track(items: Iterable[T], label: str, total: int | None = None, *, shown: bool = True) -> Iterable[T]:
    """Yields the items under a progress bar; without one where there is no terminal, or none is to be ``shown``."""
    hidden = not (shown and console.is_terminal)
    return rich_track(items, description=label, total=total, console=console, disable=hidden)
