"""GlaS: glands of the colon, whose patients are in training and test alike."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.commands.data.table import read_table
from pipeline.core.slides.slide import Slide, Split

if TYPE_CHECKING:
    import pandas as pd

MPP = 0.62
SETS: dict[str, tuple[Split, int]] = {"train": ("train", 85), "testA": ("test", 60), "testB": ("test", 20)}
NAME = re.compile(r"(train|testA|testB)_\d+")
MASK = "_anno"
HOMES = ("Warwick_QU_Dataset", "Warwick QU Dataset (Released 2016_07_08)")
IMAGE, PATIENT, GRADE = "name", "patient ID", "grade (GlaS)"
GRADES = ("benign", "malignant")
UNIT = "sets that share their patients"


def rows(folder: Folder) -> list[Slide]:
    """An image and its glands, two slides; a set stands for its patients, who are in the other as well."""
    here = any(NAME.match(name) for name in folder.names(folder.root, (".bmp",)))
    home = folder.root if here else folder.find(*HOMES)
    if home is None:
        return []
    files = folder.stems(home, ".bmp")
    images = [stem for stem in sorted(files) if NAME.fullmatch(stem)]
    for name, (_, expected) in SETS.items():
        folder.count(f"images of {name}", sum(stem.startswith(name) for stem in images), expected)
    masked = [stem.removesuffix(MASK) for stem in files if stem.endswith(MASK)]
    folder.lack("images", (f"{stem}.bmp" for stem in masked if stem not in files))
    folder.lack("glands", (f"{stem}{MASK}.bmp" for stem in images if stem + MASK not in files))
    grades = _grades(folder, home)
    if grades is not None:
        folder.lack("grades in Grade.csv", set(images) - grades.keys())
    return [slide for stem in images if stem + MASK in files for slide in _pair(folder, files, stem, grades or {})]


def _pair(folder: Folder, files: dict[str, Path], stem: str, grades: dict[str, str]) -> list[Slide]:
    split = SETS[stem.partition("_")[0]][0]
    image = Slide(
        slide_id=stem,
        patient_id=split,
        path=folder.path(files[stem]),
        mpp=MPP,
        split=split,
        label=grades.get(stem, ""),
        unit=UNIT,
    )
    path = folder.path(files[stem + MASK])
    return [image, image.changed(slide_id=f"{stem}-glands", path=path, stain="glands", mpp=None, paired_with=stem)]


def _grades(folder: Folder, home: Path) -> dict[str, str] | None:
    """Benign or malignant, by image, None without a table; tells how many images are of patients of both splits."""
    path = folder.find("Grade.csv", below=home)
    frame = read_table(folder, path, (IMAGE, PATIENT, GRADE)) if path else None
    if frame is None:
        return None
    names, grades = frame[IMAGE].str.strip(), frame[GRADE].str.strip().str.lower()
    other = sorted(set(grades) - set(GRADES))
    if other:
        folder.missing.append(f"Grade.csv has grades {', '.join(map(repr, other))}, expected {' or '.join(GRADES)}")
    _tell_shared(folder, frame.assign(tested=names.str.startswith("test"), **{PATIENT: frame[PATIENT].str.strip()}))
    return {name: grade for name, grade in zip(names, grades, strict=True) if grade in GRADES}


def _tell_shared(folder: Folder, frame: "pd.DataFrame") -> None:
    tested = frame["tested"]
    ours, theirs = frame[~tested], frame[tested]
    known = ours[PATIENT].isin(set(theirs[PATIENT])).sum(), theirs[PATIENT].isin(set(ours[PATIENT])).sum()
    if any(known):
        folder.notes.append(
            f"By Grade.csv, {known[0]} of {len(ours)} images for training are of patients who are tested, and "
            f"{known[1]} of {len(theirs)} images of the test are of patients who are trained on."
        )


GLAS = DataSet(
    name="glas",
    what="H&E, colon: glands, benign or malignant",
    images="165 images, up to 775 x 522 px",
    size="not found",
    licence="research only, not for commerce",
    patients="16, of training and test alike",
    downloads=[
        "Warwick_QU_Dataset of the GlaS contest, from its page (Warwick's TIA centre, glas.grand-challenge.org)"
    ],
    layout=[
        "FOLDER/                            Warwick_QU_Dataset (Released 2016_07_08), or what holds it",
        "  train_1.bmp ... train_85.bmp     testA_1.bmp ... testA_60.bmp, testB_1.bmp ... testB_20.bmp",
        "  train_1_anno.bmp ...             number of the gland of each pixel, 0 where there is none",
        "  Grade.csv                        name, patient ID, grade (GlaS), grade (Sirinukunwattana et al. 2015)",
    ],
    split="train is for training, testA and testB are the test, and so they are taken; they share their patients.",
    rows=rows,
    traps=[
        "Training and test are of the same 16 patients: by Grade.csv, 77 of the 85 images for training are of patients "
        "who are tested, and 79 of the 80 tested ones of patients who are trained on. What is tested is other places "
        "of known patients: the test is one group, the report has figures and no verdict.",
        "For a test on new patients, empty the column split, fill patient_id from Grade.csv, and set folds in "
        "params.yaml: figures are then not those of the contest.",
        "Images carry no resolution. The contest says 0.62 µm/px, its paper 0.465, which is taken for that of the "
        "scans: if it is not, all is a quarter smaller.",
        "Images of Lizard whose names begin with glas are of these: do not train on the one and test on the other.",
        "Glands are large: the borders of tiles cut them, so what is scored is parts of glands, and what a grid of "
        "whole tiles leaves over at the borders of an image is not cut. A coarser tile.mpp helps.",
        "label is the grade of an image, and a patient may have images of both grades.",
    ],
    verified=[
        "Grade.csv, in a public copy: 165 names, 16 patients, grades 37 + 48, 33 + 27 and 4 + 16, spaces after commas, "
        "lines that end in CR alone; that patients are shared",
    ],
    unverified=[
        "the images: no file was at hand; that masks are numbers of glands is from other projects' code",
        "their sizes; the resolution",
        "licence: the contest's page forbids commerce, others name CC BY-NC",
    ],
    sources=[
        "glas.grand-challenge.org/Dataset; arXiv 1603.00275",
        "constantinpape/torch-em: torch_em/data/datasets/histopathology/glas.py",
        "twpkevin06222/Gland-Segmentation: Grade.csv",
    ],
    study="objects",
    settings={
        "stains": {
            "HE": {"kind": "light"},
            "glands": {"kind": "mask", "classes": ["gland"], "labels": "instance"},
        },
        "tile": {"mpp": MPP, "size": 256, "stride": 256, "min_tissue": 0.0},
        "segment": {"labels": "glands", "images": "HE"},
    },
)
