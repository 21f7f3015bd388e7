"""Privileged views that no translator makes: real slides, and the tile itself."""

REAL = "real/"  # before the name of a stain
SELF = "self"  # another augmentation of the tile: a view that adds nothing


def real_stain(privileged: str | None) -> str | None:
    """The stain whose registered slides are the view; None where a translator makes it, or there is none."""
    return privileged.removeprefix(REAL) if privileged and privileged.startswith(REAL) else None
