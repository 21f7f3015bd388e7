"""What an arm may call its privileged view."""

REAL = "real/"  # then a stain: registered slides of it; else the name is a translator's


def real_stain(privileged: str | None) -> str | None:
    """The stain of ``real/<stain>``; None where the view is made by a translator, or there is none."""
    return privileged.removeprefix(REAL) if privileged and privileged.startswith(REAL) else None
