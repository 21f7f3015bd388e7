"""During what a slide failed."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.core.errors import SlideError
from pipeline.core.files import Json


class UnfitError(SlideError):
    """A slide that cannot be tiled.

    Args:
        stage: During which that was found: open, coordinates, partner, tissue, annotations, thumbnail,
            instances or tiles.
        error: What was found.
    """

    def __init__(self, stage: str, error: SlideError) -> None:
        super().__init__(error.message, where=error.where, fix=error.fix)
        self.stage = stage

    def facts(self) -> Json:
        """What a manifest says of it: stage, error and fix."""
        reason = f"{self.message} ({self.where})" if self.where else self.message
        return {"stage": self.stage, "error": reason, "fix": self.fix}


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Gives a SlideError from inside the name of what was being done; one that has a name keeps it."""
    try:
        yield
    except UnfitError:
        raise
    except SlideError as error:
        raise UnfitError(name, error) from error
