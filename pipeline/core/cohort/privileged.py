"""Privileged views that are real slides: ``real/STAIN`` in an arm, where others name a translator."""

REAL = "real/"


def real_stain(privileged: str | None) -> str | None:
    """The stain whose registered slides are the view; None where a translator makes it, or there is none."""
    return privileged.removeprefix(REAL) if privileged and privileged.startswith(REAL) else None
