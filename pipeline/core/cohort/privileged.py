"""Privileged views that no translator makes: real slides, numbers from a table, and the tile itself."""

REAL = "real/"  # before the name of a stain
VECTOR = "vector/"  # before the name of a table of numbers
SELF = "self"  # another augmentation of the tile: a view that adds nothing


def real_stain(privileged: str | None) -> str | None:
    """The stain whose registered slides are the view; None where a translator makes it, or there is none."""
    return _after(REAL, privileged)


def vector_name(privileged: str | None) -> str | None:
    """The table whose numbers are the view; None where it is a picture, or there is none."""
    return _after(VECTOR, privileged)


def _after(prefix: str, privileged: str | None) -> str | None:
    return privileged.removeprefix(prefix) if privileged and privileged.startswith(prefix) else None
