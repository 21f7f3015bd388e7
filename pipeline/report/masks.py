"""Masks of nuclei as pictures: a colour for every class, and outlines over the tissue that was painted for them."""

import numpy as np

GROUND = np.array([245, 245, 245], np.uint8)
# Okabe and Ito 2008: told apart by people who do not see all colours
COLOURS = np.array(
    [
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


def colour_of(number: int) -> np.ndarray:
    """Of the class with this id, from 1: uint8 (3,); after the seventh, colours come again."""
    found: np.ndarray = COLOURS[(number - 1) % len(COLOURS)]
    return found


def css(number: int) -> str:
    """The same as CSS has it."""
    return "#" + "".join(f"{value:02x}" for value in colour_of(number).tolist())


def coloured(mask: np.ndarray) -> np.ndarray:
    """Classes in their colours on light grey: uint8 (y, x, 3).

    Args:
        mask: uint8 (y, x), ids of classes, 0 is background.
    """
    table = np.stack([GROUND, *(colour_of(number) for number in range(1, 256))])
    return np.asarray(table[mask])


def outlined(image: np.ndarray, mask: np.ndarray, instance: np.ndarray) -> np.ndarray:
    """Tissue with the borders of nuclei in the colours of their classes: uint8 (y, x, 3).

    Args:
        image: uint8 (y, x, 3).
        mask: See :func:`coloured`.
        instance: (y, x), ids of nuclei, 0 is background.
    """
    wide = np.pad(instance, 1, mode="edge")
    sides = (wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:])
    border = np.any([side != instance for side in sides], axis=0)
    here = border & (instance > 0)
    return np.where(here[..., None], coloured(mask), image)
