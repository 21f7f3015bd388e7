"""PanNuke: nuclei of five kinds in nineteen tissues, in three folds."""

from pathlib import Path

import numpy as np

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.core.errors import SlideError
from pipeline.core.slides.slide import Slide, Split
from pipeline.core.slides.stack import read_array

MPP = 0.25
FOLDS: dict[int, tuple[Split, int]] = {1: ("train", 2_656), 2: ("val", 2_523), 3: ("test", 2_722)}
SIDE, CHANNELS = 256, 6
CLASSES = ["neoplastic", "inflammatory", "connective", "dead", "epithelial"]
UNIT = "folds of unnamed patients"


def rows(folder: Folder) -> list[Slide]:
    """Images and masks of a fold, two slides; a fold stands for its patients, who are not named."""
    found = []
    for number, (split, expected) in FOLDS.items():
        fold = f"fold{number}"
        images = _array(folder, f"Fold {number}/images/{fold}/images.npy", f"{fold}/images.npy")
        masks = _array(folder, f"Fold {number}/masks/{fold}/masks.npy", f"{fold}/masks.npy")
        types = _array(folder, f"Fold {number}/images/{fold}/types.npy", f"{fold}/types.npy", named=True)
        if images is None or masks is None:
            continue
        count = images[1].shape[0]
        folder.count(f"images of {fold}", count, expected)
        fits = [_fits(folder, *images, (count, SIDE, SIDE, 3)), _fits(folder, *masks, (count, SIDE, SIDE, CHANNELS))]
        if not all(fits):
            continue
        named = types is not None and _fits(folder, *types, (count,))
        image = Slide(
            slide_id=fold,
            patient_id=fold,
            path=folder.path(images[0]),
            mpp=MPP,
            split=split,
            annotations=folder.path(types[0]) if types and named else "",
            unit=UNIT,
        )
        mask = {"slide_id": f"{fold}-nuclei", "path": folder.path(masks[0]), "stain": "nuclei", "paired_with": fold}
        found += [image, image.changed(**mask, mpp=None, annotations="")]
    return found


def _array(folder: Folder, *names: str, named: bool = False) -> tuple[Path, np.ndarray] | None:
    """A file and its array, mapped; None, and told, where it is missing, cut off, or is of another kind."""
    path = folder.find(*names)
    if path is None:
        return None
    try:
        found = read_array(path)
    except SlideError as error:
        how = "; save it anew: docs/labels.md, PanNuke" if "Python objects" in error.message else ""
        folder.missing.append(f"{folder.told(path)}: {error.message}{how}")
        return None
    if (found.dtype.kind in "US") != named:
        folder.missing.append(f"{folder.told(path)} holds {found.dtype}, expected {'names' if named else 'numbers'}")
        return None
    return path, found


def _fits(folder: Folder, path: Path, found: np.ndarray, expected: tuple[int, ...]) -> bool:
    if found.shape != expected:
        folder.missing.append(f"{folder.told(path)} is {found.shape}, expected {expected}")
    return found.shape == expected


PANNUKE = DataSet(
    name="pannuke",
    what="H&E, 19 tissues: nuclei of five kinds",
    images="7,901 images, 256 px",
    size="37.3 GB unpacked",
    licence="CC BY-NC-SA 4.0",
    patients="no",
    downloads=["Fold 1, Fold 2 and Fold 3 of PanNuke, from Warwick's TIA centre, which has asked for a login lately"],
    layout=[
        "FOLDER/",
        "  Fold 1/images/fold1/images.npy    2,656 x 256 x 256 x 3      (or fold1/images.npy, and so on)",
        "  Fold 1/images/fold1/types.npy     the tissue of each image",
        "  Fold 1/masks/fold1/masks.npy      2,656 x 256 x 256 x 6, ids of nuclei by kind; the last is the background",
        "  Fold 2, Fold 3                    2,523 and 2,722 images",
    ],
    split="Fold 1 is for training, 2 for validation, 3 for the test: the first of the three official rotations.",
    rows=rows,
    traps=[
        "Neither patients nor slides are named, and nobody outside can tell whether folds share them: the test is "
        "one group, "
        "so the report has figures and no verdict. Part of the images is of TCGA.",
        "Ids of nuclei begin anew in each channel, and channels may overlap: the later one lies above.",
        "types.npy is published as Python objects, which are never loaded: save it anew as text (docs/labels.md).",
        "A copy of the description numbers the background otherwise, and one loader swaps two kinds.",
        "7,904 is found in places: three headers were counted. Arrays are of float64 and are mapped, not loaded.",
    ],
    verified=[],
    unverified=["all of it: layout, shapes and numbers are those of other projects' code, and no file was at hand"],
    sources=[
        "Dana-Farber-AIOS/pathml: pathml/datasets/pannuke.py; TIO-IKIM/CellViT: configs/datasets/PanNuke",
        "TissueImageAnalytics/PanNuke-metrics: README.md, run.py; TissueImageAnalytics/tiatoolbox #808",
    ],
    study="objects",
    settings={
        "stains": {"HE": {"kind": "light"}, "nuclei": {"kind": "mask", "classes": CLASSES}},
        "tile": {"mpp": MPP, "size": SIDE, "stride": SIDE, "min_tissue": 0.0},
        "segment": {"labels": "nuclei", "images": "HE"},
    },
)
