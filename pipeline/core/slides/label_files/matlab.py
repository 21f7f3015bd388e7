"""Maps in MATLAB's files, as HoVer-Net's data have them: CoNSeP, Kumar, CPM-17, and Lizard."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import decoding
from pipeline.core.slides.label_files.held import HeldLabels
from pipeline.core.slides.label_files.numbers import whole
from pipeline.core.slides.label_source import Frame, LabelSource
from pipeline.core.slides.labelling import Labelling

INSTANCES, CLASSES = "inst_map", "type_map"  # (y, x)
BY_OBJECT = (("inst_type", "inst_uid"), ("class", "id"))  # class of each object, and which object that is
NAMES = (INSTANCES, CLASSES, *(name for pair in BY_OBJECT for name in pair))


def read_matlab(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Labels of a file with ``inst_map``; the classes are those of ``type_map``, else said object by object."""
    from scipy.io import loadmat

    with decoding(path, "read the maps"):
        maps = loadmat(path, variable_names=NAMES)
    if INSTANCES not in maps or maps[INSTANCES].ndim != 2:
        raise SlideError(
            f"no map {INSTANCES!r}; it has {', '.join(sorted(set(maps) & set(NAMES))) or 'none that is known'}",
            where=str(path),
            fix=f"save ids of objects as {INSTANCES!r} (y, x), and classes as {CLASSES!r} (y, x) or 'inst_type'",
        )
    instance = whole(maps[INSTANCES], path)
    if CLASSES in maps:
        if maps[CLASSES].shape != instance.shape:
            raise _differ(CLASSES, maps[CLASSES], instance, path)
        return HeldLabels(path, labelling.mask(whole(maps[CLASSES], path), path), instance)
    kinds = _kinds(maps, instance, path)
    if kinds is None:
        return HeldLabels(path, np.where(instance > 0, np.uint8(labelling.only(path)), np.uint8(0)), instance)
    return HeldLabels(path, labelling.mask(kinds, path), instance)


def _kinds(maps: Mapping[str, np.ndarray], instance: np.ndarray, path: Path) -> np.ndarray | None:
    """Numbers of the class of each pixel by that of its object: uint32 (y, x), 0 outside; None where none are said."""
    for name, which in BY_OBJECT:
        if name in maps:
            ids = np.unique(instance[instance > 0])
            kinds = whole(maps[name].ravel(), path)
            owners = whole(maps[which].ravel(), path) if which in maps else ids
            if len(owners) != len(kinds) or not np.isin(ids, owners).all():
                raise _differ(name, maps[name], ids, path)
            order = np.argsort(owners)
            place = np.searchsorted(owners[order], instance)
            found = np.concatenate([kinds[order], [0]]).astype(np.uint32)[place]
            return np.where(instance > 0, found, np.uint32(0))
    return None


def _differ(name: str, found: np.ndarray, expected: np.ndarray, path: Path) -> SlideError:
    return SlideError(
        f"{name!r} is {' x '.join(map(str, found.shape))}, expected {' x '.join(map(str, expected.shape))}",
        where=str(path),
        fix=f"it says the class of every pixel or object of {INSTANCES!r}",
    )
