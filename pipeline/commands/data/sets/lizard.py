"""Lizard: nuclei of six kinds in the colon, of images that other data sets have as well."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.commands.data.table import read_table
from pipeline.core.slides.slide import Slide, Split

if TYPE_CHECKING:
    import pandas as pd

MPP = 0.5
IMAGES = ("Lizard_Images1", "Lizard_Images2")
LABELS = "Lizard_Labels"
IMAGE, SOURCE, FOLD = "Filename", "Source", "Split"
FOLDS: dict[str, tuple[Split, int]] = {"1": ("train", 70), "2": ("val", 70), "3": ("test", 98)}
CLASSES = ["neutrophil", "epithelial", "lymphocyte", "plasma", "eosinophil", "connective"]
LEVEL = "-lv1-"  # in the name of a source, between the scan and the place in it
UNIT = "folds of unnamed patients"


def rows(folder: Folder) -> list[Slide]:
    """An image and its nuclei, two slides; a fold stands for its patients, who are not named."""
    table = folder.find(*_lying(LABELS, "info.csv"))
    labels = folder.find(*_lying(LABELS, "Labels"))
    homes = [home for name in IMAGES if (home := folder.find(*_lying(name)))]
    if table is None or labels is None or not homes:
        return []
    frame = read_table(folder, table, (IMAGE, SOURCE, FOLD))
    if frame is None:
        return []
    found = {stem: path for home in homes for stem, path in folder.stems(home, ".png").items()}
    masks = folder.stems(labels, ".mat")
    other = sorted(set(frame[FOLD]) - set(FOLDS))
    if other:
        folder.missing.append(f"{table.name} has splits {', '.join(map(repr, other))}, expected 1, 2 and 3")
    for fold, (_, expected) in FOLDS.items():
        folder.count(f"images of fold {fold} in info.csv", int((frame[FOLD] == fold).sum()), expected)
    known = frame[frame[FOLD].isin(list(FOLDS))]
    folder.lack("images", (f"{name}.png" for name in known[IMAGE] if name not in found))
    folder.lack("nuclei", (f"{name}.mat" for name in known[IMAGE] if name not in masks))
    _tell_shared(folder, known)
    there = known[known[IMAGE].isin(found.keys() & masks.keys())]
    return [
        slide
        for name, fold in zip(there[IMAGE], there[FOLD], strict=True)
        for slide in _pair(folder, found[name], masks[name], fold)
    ]


def _lying(name: str, *below: str) -> list[str]:
    """Where a folder lies: the copy of Kaggle has each in another of the same name in small letters."""
    return ["/".join((*above, name, *below)) for above in ((), (name.lower(),))][::-1]


def _pair(folder: Folder, path: Path, mask: Path, fold: str) -> list[Slide]:
    image = Slide(
        slide_id=path.stem,
        patient_id=f"fold{fold}",
        path=folder.path(path),
        site=path.stem.rpartition("_")[0] or "unknown",
        mpp=MPP,
        split=FOLDS[fold][0],
        unit=UNIT,
    )
    own = {"slide_id": f"{path.stem}-nuclei", "path": folder.path(mask), "stain": "nuclei", "paired_with": path.stem}
    return [image, image.changed(**own, mpp=None)]


def _tell_shared(folder: Folder, frame: "pd.DataFrame") -> None:
    """Tells of scans that several folds have images of, where the source of an image names its scan."""
    named = frame[frame[SOURCE].str.contains(LEVEL, regex=False)]
    for _, own in named.groupby(named[SOURCE].map(lambda source: source.partition(LEVEL)[0])):
        if own[FOLD].nunique() > 1:
            places = (f"{name} (fold {fold})" for name, fold in zip(own[IMAGE], own[FOLD], strict=True))
            folder.notes.append(f"Of one scan and yet of several folds, by info.csv: {', '.join(places)}.")


LIZARD = DataSet(
    name="lizard",
    what="H&E, colon: nuclei of six kinds",
    images="238 images, sizes vary",
    size="not found",
    licence="CC BY-NC-SA 4.0",
    patients="no",
    downloads=["Lizard of Warwick's TIA centre, which asks for a login; Kaggle: aadimator/lizard-dataset"],
    layout=[
        "FOLDER/",
        "  Lizard_Images1/*.png              80 images: consep_*, crag_* (or lizard_images1/Lizard_Images1 ...)",
        "  Lizard_Images2/*.png              158 images: dpath_*, glas_*, pannuke_*",
        "  Lizard_Labels/Labels/*.mat        inst_map, id, class, bbox, centroid",
        "  Lizard_Labels/info.csv            Filename, Source, Split",
    ],
    split="Fold 1 is for training, 2 for validation, 3 for the test, one of three rotations of the official folds; "
    "'folds: 3' in params.yaml tests each of them once.",
    rows=rows,
    traps=[
        "No patient is named, so a fold stands for its patients: a test of one fold gives figures and no verdict.",
        "The images are of CoNSeP, GlaS, CRAG, DigestPath and PanNuke: whoever has trained on one of these has seen "
        "what is tested here, and the other way round. CoNIC is this set cut into pieces.",
        "dpath_58 (fold 2) and dpath_48 (fold 3) are of the same place of one scan; other scans that are named lie in "
        "one fold each, and so do the patients of GlaS. Leave one of the two out.",
        "All images of CoNSeP and PanNuke are in fold 3, so they are tested as sites that training has not seen.",
        "The kinds of nuclei are joined to them by id, as the files say, and not by the order of rows.",
        "The images of TCGA that the paper counts were not published with it.",
        "Other programs number the kinds otherwise, or from 0.",
    ],
    verified=[
        "info.csv, in a public copy: 238 names, folds of 70, 70 and 98, sources; that the patients of GlaS, by its "
        "Grade.csv, and all named scans but one are of one fold each",
    ],
    unverified=[
        "images and labels: no file was at hand; keys and classes are those of other projects' code and notes",
        "the size of the smallest image: one below 256 px gives no tile, and synpriv check says so",
        "0.5 µm/px, which stands for the 20x of all of them",
    ],
    sources=[
        "arXiv 2108.11195; TissueImageAnalytics/CoNIC #9",
        "constantinpape/torch-em: torch_em/data/datasets/histopathology/lizard.py; TIO-IKIM/CellViT #24",
        "marekfejda/ZNEUS_data_zadanie_2: lizard_labels/Lizard_Labels/info.csv",
    ],
    study="objects",
    settings={
        "stains": {"HE": {"kind": "light"}, "nuclei": {"kind": "mask", "classes": CLASSES}},
        "tile": {"mpp": MPP, "size": 256, "stride": 256, "min_tissue": 0.0},
        "segment": {"labels": "nuclei", "images": "HE"},
    },
)
