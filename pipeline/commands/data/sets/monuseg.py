"""MoNuSeg 2018: outlines of nuclei in images of TCGA."""

import re
from pathlib import Path

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.core.slides.slide import Slide, Split

MPP = 0.25
TRAIN, TEST = 37, 14  # images
BARCODE = re.compile(r"TCGA-(\w{2})-\w{4}-")


def rows(folder: Folder) -> list[Slide]:
    """An image and its outlines, two slides, of the patient and the hospital in its name."""
    found = []
    train = folder.find("MoNuSeg 2018 Training Data", "MoNuSegTrainingData")
    if train:
        images, labels = (folder.find(name, below=train) for name in ("Tissue Images", "Annotations"))
        if images and labels:
            found += _pairs(folder, images, labels, "train", TRAIN)
    test = folder.find("MoNuSegTestData")
    if test:
        found += _pairs(folder, test, test, "test", TEST)
    return found


def _pairs(folder: Folder, images: Path, labels: Path, split: Split, expected: int) -> list[Slide]:
    names, outlines = folder.stems(images, ".tif"), folder.stems(labels, ".xml")
    folder.count(f"images in {folder.told(images)}", len(names), expected)
    folder.lack(f"outlines in {folder.told(labels)}", (f"{stem}.xml" for stem in names.keys() - outlines.keys()))
    folder.lack(f"images in {folder.told(images)}", (f"{stem}.tif" for stem in outlines.keys() - names.keys()))
    found = []
    for stem in sorted(names.keys() & outlines.keys()):
        code = BARCODE.match(stem)
        if code is None:
            folder.missing.append(f"{folder.told(names[stem])} has no barcode of TCGA that names its patient")
            continue
        image = Slide(
            slide_id=stem,
            patient_id=stem[:12],
            path=folder.path(names[stem]),
            site=code[1],
            mpp=MPP,
            split=split,
        )
        mask = {"slide_id": f"{stem}-nuclei", "path": folder.path(outlines[stem]), "stain": "nuclei"}
        found += [image, image.changed(**mask, mpp=None, paired_with=stem)]
    return found


MONUSEG = DataSet(
    name="monuseg",
    what="H&E, TCGA: outlines of nuclei",
    images="51 images, 1000 px",
    size="not found",
    licence="CC BY-NC-SA 4.0",
    patients="yes",
    downloads=[
        "MoNuSeg 2018 Training Data and MoNuSegTestData, from the page of the challenge (monuseg.grand-challenge.org)"
    ],
    layout=[
        "FOLDER/",
        "  MoNuSeg 2018 Training Data/Tissue Images/TCGA-*.tif     37 images (spaces or underscores)",
        "  MoNuSeg 2018 Training Data/Annotations/TCGA-*.xml       37 files of Aperio ImageScope",
        "  MoNuSegTestData/TCGA-*.{tif,xml}                        14 images and their outlines, side by side",
    ],
    split="37 images are for training and 14 for the test, and so they are taken; their patients differ.",
    rows=rows,
    traps=[
        "Patients are of TCGA: do not pretrain on their slides. TCGA-G9-6356 is in training here and in the test of "
        "MoNuSAC.",
        "The six images that are called liver are of lung, by the records of TCGA; frozen and paraffin sections are "
        "mixed.",
        "A site is a hospital by its code; one hospital may have several, and most sites of the test are not "
        "trained on.",
        "Images carry no resolution: 0.25 µm/px stands for the 40x of all of them, though three may be of 20x.",
    ],
    verified=["two training images of 1000 px and their outlines, whose files say 0.2527 µm/px"],
    unverified=["the test folder", "the resolution of each image", "licence and numbers, from other projects"],
    sources=[
        "constantinpape/torch-em: torch_em/data/datasets/histopathology/monuseg.py",
        "TIO-IKIM/CellViT: docs/readmes/monuseg.md; neerajkumarvaid/Nuclei_Segmentation #2",
    ],
    study="objects",
    settings={
        "stains": {"HE": {"kind": "light"}, "nuclei": {"kind": "mask", "classes": ["nucleus"]}},
        "tile": {"mpp": MPP, "size": 256, "stride": 248, "min_tissue": 0.0},  # four to a side of 1000 px
        "segment": {"labels": "nuclei", "images": "HE"},
    },
)
