"""Masks of nuclei as pictures."""

import numpy as np

# Okabe and Ito 2008: told apart by people who do not see all colours
COLOURS = np.array(
    [
        [245, 245, 245],
        [0, 114, 178],
        [230, 159, 0],
        [0, 158, 115],
        [213, 94, 0],
        [204, 121, 167],
        [86, 180, 233],
        [240, 228, 66],
    ],
    np.uint8,
)
BORDER = np.uint8(40)


def coloured(mask: np.ndarray, instance: np.ndarray) -> np.ndarray:
    """A colour for every class, dark where nuclei end: uint8 (tile, y, x, 3).

    Args:
        mask: Class ids, uint8 (tile, y, x); beyond the eighth, colours come again.
        instance: Ids of nuclei, unsigned (tile, y, x).
    """
    return np.where(_ends(mask, instance)[..., None], BORDER, COLOURS[_places(mask)])


def outlined(images: np.ndarray, mask: np.ndarray, instance: np.ndarray) -> np.ndarray:
    """Tissue with the ends of nuclei in the colours of their classes: uint8 (tile, y, x, 3).

    Args:
        images: uint8 (tile, y, x, 3).
        mask: See :func:`coloured`.
        instance: Likewise.
    """
    return np.where(_ends(mask, instance)[..., None], COLOURS[_places(mask)], images)


def css(number: int) -> str:
    """The colour of the class with this id, as CSS has it."""
    return "#" + "".join(f"{value:02x}" for value in COLOURS[_places(np.array(number))].tolist())


def _places(mask: np.ndarray) -> np.ndarray:
    """In COLOURS: int, of the mask's shape."""
    return np.where(mask > 0, 1 + (mask.astype(int) - 1) % (len(COLOURS) - 1), 0)


def _ends(mask: np.ndarray, instance: np.ndarray) -> np.ndarray:
    """Pixels of nuclei one of whose four neighbours has another id: bool (tile, y, x); a tile's border is no end."""
    wide = np.pad(instance, ((0, 0), (1, 1), (1, 1)), mode="edge")
    sides = (wide[:, :-2, 1:-1], wide[:, 2:, 1:-1], wide[:, 1:-1, :-2], wide[:, 1:-1, 2:])
    return np.asarray(np.any([side != instance for side in sides], axis=0) & (mask > 0))
