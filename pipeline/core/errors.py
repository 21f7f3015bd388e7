"""Errors a user can act on: what was expected, what was found, where, and how to fix it."""


class SynprivError(Exception):
    """A mistake the user can correct; the command line shows it without a traceback.

    Args:
        message: What was expected and what was found.
        where: File, column, key or slide concerned.
        fix: What to do about it.
    """

    def __init__(self, message: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.fix = message, where, fix

    def __str__(self) -> str:
        lines = [self.message]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.fix:
            lines.append(f"  fix:   {self.fix}")
        return "\n".join(lines)


class StudyError(SynprivError, ValueError):
    """params.yaml does not describe a study that can be run."""


class SheetError(SynprivError, ValueError):
    """The slide sheet names slides, patients or files that cannot be used."""


class SlideError(SynprivError, OSError):
    """One slide cannot be used: it is quarantined and the cohort goes on."""


class ProductError(SynprivError, OSError):
    """A product of an earlier phase is missing, incomplete or does not fit."""


class GateError(SynprivError, RuntimeError):
    """A translator did not pass its quality gates."""
