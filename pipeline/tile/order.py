"""Whether the images of two registered slides come in one order, by their names."""

import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import PurePath

from pipeline.core.errors import SlideError

BREAK = re.compile(r"(?<=[^\W_])(?=[\W_])|(?<=[\W_])(?=[^\W_])")  # where letters and digits begin or end


def check_order(partner: str, theirs: Sequence[str], own: Sequence[str], *, where: str) -> None:
    """Raises SlideError where names of files say that another image stands at the place of the partner's.

    So it is with ``img_1.png, img_10.png`` and ``img_10_mask.png, img_1_mask.png``, as they sort. Nothing is said of
    slides unless each name of one holds that of exactly one image of the other.

    Args:
        partner: Name of the slide.
        theirs: Names of its images.
        own: Names of as many images that are registered to them, place by place.
        where: Of these, the file.
    """
    first, second = ([PurePath(name).stem for name in names] for names in (theirs, own))
    places = _places(first, second) or _places(second, first)
    if places is None:
        return
    wrong = next((place for place, other in enumerate(places) if place != other), None)
    if wrong is not None:
        raise SlideError(
            f"{own[wrong]!r} stands at the place of {theirs[wrong]!r} of its partner {partner}, by the order of names",
            where=where,
            fix="give them the same names, or numbers of as many digits (001, 002), so that both sort alike",
        )


def _places(short: Sequence[str], long: Sequence[str]) -> list[int] | None:
    """Of each long name the place of the short one that it holds; None where one holds none or several."""
    known = {name: place for place, name in enumerate(short)}
    if len(known) < len(short):
        return None
    places: list[int] = []
    for name in long:
        found = {known[part] for part in _parts(name) if part in known}
        if len(found) != 1:
            return None
        places += found
    return places if len(set(places)) == len(short) else None


def _parts(name: str) -> set[str]:
    """What of a name begins and ends where letters and digits do, itself included."""
    ends = [0, *(found.start() for found in BREAK.finditer(name)), len(name)]
    return {name[start:stop] for start, stop in combinations(ends, 2)}
