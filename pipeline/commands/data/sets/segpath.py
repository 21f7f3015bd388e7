"""SegPath: one kind of cell or tissue in H&E at a time, marked by the fluorescence of the same section."""

import re
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.commands.data.table import read_table
from pipeline.core.slides.slide import Slide, Split

MPP = 0.2208
RECORDS = {  # folder to its record of Zenodo
    "panCK_Epithelium": 7412731,
    "aSMA_SmoothMuscle": 7412732,
    "CD235a_RBC": 7412580,
    "CD45RB_Leukocyte": 7412739,
    "CD3CD20_Lymphocyte": 7412529,
    "ERG_Endothelium": 7412512,
    "MIST1_PlasmaCell": 7412500,
    "MNDA_MyeloidCell": 7412690,
}
IMAGE, PART = "filename", "train_val_test"
SPLITS: dict[str, Split] = {"train": "train", "val": "val", "test": "test"}
NAME = re.compile(r"(?P<slide>.+)_\d+_\d+_HE\.png")
UNIT = "parts of unnamed patients"


def rows(folder: Folder) -> list[Slide]:
    """Images and masks of a slide of many patients, two slides of the sheet; a part stands for its patients."""
    home = _home(folder)
    if home is None:
        return []
    name = f"{home.name.partition('_')[0]}_fileinfo.csv"
    table = folder.find(name, below=home if name in folder.names(home) else home.parent)
    frame = read_table(folder, table, (IMAGE, PART)) if table else None
    if frame is None:
        return []
    if other := sorted(set(frame[PART]) - set(SPLITS)):
        folder.missing.append(f"{name} has parts {', '.join(map(repr, other))}, expected {', '.join(SPLITS)}")
    names = frame[IMAGE].map(lambda path: path.rpartition("/")[2])
    counts = frame[PART].groupby(names).nunique()
    folder.missing += [f"{name} has {image} in {count} parts" for image, count in counts.items() if count > 1]
    parts = {image: part for image, part in zip(names, frame[PART], strict=True) if part in SPLITS}
    return _slides(folder, home, name, {image: part for image, part in parts.items() if NAME.fullmatch(image)})


def _home(folder: Folder) -> Path | None:
    """The folder of the one kind of cell; None, and told, where there is none or more."""
    if folder.root.name in RECORDS:
        return folder.root
    found = [name for name in folder.names(folder.root) if name in RECORDS and (folder.root / name).is_dir()]
    if len(found) < 2:
        return folder.find(*(found or RECORDS))
    told = f"{' and '.join(found)} lie here, and a study learns one: name it, as in --slides .../{found[0]}"
    folder.missing.append(told)
    return None


def _slides(folder: Folder, home: Path, table: str, parts: dict[str, str]) -> list[Slide]:
    """Two slides for each part of a slide that has both images and masks.

    Args:
        folder: Is told of what is missing, and of slides that several parts have.
        home: Of the images.
        table: Its name.
        parts: Image to its part.
    """
    there = set(folder.names(home, (".png",)))
    folder.lack(f"images of {table}", parts.keys() - there)
    folder.lack(f"masks of {table}", {_mask(name) for name in parts.keys() & there} - there)
    unnamed = sorted(name for name in there - parts.keys() if NAME.fullmatch(name))
    if unnamed:
        folder.missing.append(f"{len(unnamed):,} images are not in {table}, such as {unnamed[0]}")
    groups = defaultdict[tuple[str, str], list[str]](list)
    for name in sorted(name for name in parts if name in there and _mask(name) in there):
        groups[NAME.sub(r"\g<slide>", name), parts[name]].append(name)
    _tell_shared(folder, groups)
    return [slide for key, names in sorted(groups.items()) for slide in _pair(folder, home, *key, names)]


def _mask(name: str) -> str:
    return name.removesuffix("HE.png") + "mask.png"


def _pair(folder: Folder, home: Path, slide: str, part: str, names: list[str]) -> list[Slide]:
    """Images and masks of a slide lie in the same order, for their names differ at the end alone."""
    own = f"{slide}-{part}"
    path = folder.listed(own, home, names)
    image = Slide(slide_id=own, patient_id=part, path=path, mpp=MPP, split=SPLITS[part], unit=UNIT)
    masks = folder.listed(f"{own}-marked", home, [_mask(name) for name in names])
    return [image, image.changed(slide_id=f"{own}-marked", path=masks, stain="marked", mpp=None, paired_with=own)]


def _tell_shared(folder: Folder, groups: Collection[tuple[str, str]]) -> None:
    slides = [slide for slide, _ in groups]
    shared = sorted({slide for slide in slides if slides.count(slide) > 1})
    told = f"{len(shared)} of {len(set(slides))} slides have images in several parts"
    folder.notes.append(f"{told}: {', '.join(shared[:3])}{' ...' if len(shared) > 3 else ''}" if shared else told)


SEGPATH = DataSet(
    name="segpath",
    what="H&E, 18 organs: cells and tissues of eight kinds, one at a time",
    images="158,687 images of all kinds, 984 px",
    size="not found",
    licence="CC BY-NC-SA 4.0",
    patients="no",
    downloads=[f"Zenodo record {record}: {name}.tar.gz and its fileinfo.csv" for name, record in RECORDS.items()],
    layout=[
        "FOLDER/                                 what holds one kind, or the folder of that kind",
        "  CD3CD20_fileinfo.csv                  antigen, filename, train_val_test; may be compressed under this name",
        "  CD3CD20_Lymphocyte/CD3CD20_Lymphocyte_SLIDE_X_Y_HE.png",
        "  CD3CD20_Lymphocyte/CD3CD20_Lymphocyte_SLIDE_X_Y_mask.png     1 where the antigen is, else 0",
    ],
    split="The column train_val_test is the split, and so it is taken.",
    rows=rows,
    traps=[
        "Only one kind is marked in an image, and cells of all other kinds are left unmarked: images of two kinds must "
        "not be put together, with the one as what the other is not. So a study takes one kind, whose name is not "
        "said in it: its stain is called marked.",
        "A slide is a tissue microarray with spots of many patients, who are not named, and kinds may share patients: "
        "a part stands for its patients, the test is one group, the report has figures and no verdict.",
        "Masks are made by a program from fluorescence, and have its mistakes: look at some of them.",
        "Masks have no objects. Connected parts are taken for them, parted where they are narrow, which suits nuclei; "
        "of epithelium and muscle look at Dice and IoU alone.",
        "The tissue of a slide is said in a table of the paper alone (S2).",
    ],
    verified=[],
    unverified=[
        "all of it: layout and columns are those of other projects' code, and no file was at hand",
        "that slides are of one part each: it is looked up in the table, and told when the study is written",
        "numbers of images; 0.2208 µm/px (the authors' code asks for scans at 40x); that masks are 0 and 1",
    ],
    sources=[
        "dakomura.github.io/SegPath; dakomura/SegPath_code: README.md, 1.registration_patch_extraction.py",
        "constantinpape/torch-em: torch_em/data/datasets/histopathology/segpath.py",
        "MICS-Lab/thunder: src/thunder/datasets/dataset/segpath_epithelial.py",
    ],
    study="objects",
    settings={
        "stains": {
            "HE": {"kind": "light"},
            "marked": {"kind": "mask", "classes": ["marked"], "labels": "class"},
        },
        "tile": {"mpp": 2 * MPP, "size": 256, "stride": 236, "min_tissue": 0.0},  # two to a side of 984 px
        "segment": {"labels": "marked", "images": "HE"},
    },
)
