"""What a person sees while work goes on."""

from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track as rich_track

T = TypeVar("T")
console = Console(stderr=True, soft_wrap=True, highlight=False)


def track(items: Iterable[T], label: str, total: int | None = None) -> Iterable[T]:
    """Yields the items under a progress bar; without one where there is no terminal."""
    return rich_track(items, description=label, total=total, console=console, disable=not console.is_terminal)
