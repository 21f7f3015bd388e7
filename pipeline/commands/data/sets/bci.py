"""BCI: H&E and HER2 of the breast, in pairs of images of neighbouring sections."""

import re
from pathlib import Path

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.core.slides.slide import Slide, Split

MPP = 0.46
PARTS: dict[str, tuple[Split, int]] = {"train": ("train", 3_896), "test": ("test", 977)}
STAINS = ("HE", "IHC")
NAME = re.compile(r"\d+_(train|test)_(0|1\+|2\+|3\+)\.png")
CHALLENGE = "train/HE"  # as its copy has it
UNIT = "sets of unnamed patients"


def rows(folder: Folder) -> list[Slide]:
    """Two slides for each level of a set: images of one name are a pair, and a set stands for its patients."""
    here = any((folder.root / name).is_dir() for name in ("HE", CHALLENGE))
    home = folder.root if here else folder.root / "BCI_dataset"
    if (home / CHALLENGE).is_dir():
        folder.missing.append(f"{CHALLENGE} lies here, not HE/train: the copy of the challenge, with 500 pairs in val")
        return []
    return [slide for part in PARTS for slide in _part(folder, home, part)]


def _part(folder: Folder, home: Path, part: str) -> list[Slide]:
    he, ihc = (folder.find(f"{stain}/{part}", below=home) for stain in STAINS)
    if he is None or ihc is None:
        return []
    names = {place: set(folder.names(place, (".png",))) for place in (he, ihc)}
    pairs = names[he] & names[ihc]
    folder.count(f"pairs of {part}", len(pairs), PARTS[part][1])
    for place in (he, ihc):
        folder.lack(f"images in {folder.told(place)}", (names[he] | names[ihc]) - names[place])
    levels: dict[str, list[str]] = {}
    other = []
    for name in sorted(pairs):
        found = NAME.fullmatch(name)
        if found and found[1] == part:
            levels.setdefault(found[2], []).append(name)
        else:
            other.append(name)
    if other:
        folder.missing.append(f"{len(other):,} names in {folder.told(he)} say no {part} and no level: {other[0]}")
    return [slide for level, own in sorted(levels.items()) for slide in _pair(folder, he, ihc, part, level, own)]


def _pair(folder: Folder, he: Path, ihc: Path, part: str, level: str, names: list[str]) -> list[Slide]:
    """Both slides have images of the same names, and so in the same order."""
    own = f"{part}-{level.replace('+', 'plus')}"
    image = Slide(
        slide_id=f"{own}-HE",
        patient_id=part,
        path=folder.listed(f"{own}-HE", he, names),
        mpp=MPP,
        split=PARTS[part][0],
        label=level,
        unit=UNIT,
    )
    path = folder.listed(f"{own}-IHC", ihc, names)
    return [image, image.changed(slide_id=f"{own}-IHC", path=path, stain="IHC", paired_with=image.slide_id)]


BCI = DataSet(
    name="bci",
    what="H&E and HER2 of the breast, in pairs",
    images="4,873 pairs, 1024 px",
    size="not found",
    licence="its own, not for commerce",
    patients="no",
    downloads=["BCI_dataset, from bupt-ai-cz.github.io/BCI"],
    layout=[
        "FOLDER/                                       BCI_dataset, or what holds it",
        "  HE/train/00000_train_1+.png                 3,896 images; HE/test has 977",
        "  IHC/train/00000_train_1+.png                the same names",
    ],
    split="train is for training and test for the test, and so they are taken; no part of train validates.",
    rows=rows,
    traps=[
        "Neither patient nor slide is named. All images are of 51 pairs of slides, and nobody outside can tell whether "
        "training and test share them: the test is one group, the report has figures and no verdict.",
        "The level (0, 1+, 2+, 3+) is that of the slide, not of the image: many images of a slide of 3+ show none of "
        "it. Learning it is learning to know the slide.",
        "The pairs are of two sections that were laid upon one another: they fit roughly, and cells do not. What is "
        "learned pixel by pixel (pix2pix) is blurred by it, and scores by pixel are low for good pictures as well.",
        "A slide of the sheet has one level: a normaliser fitted to each would tell it, so normalize.method is none.",
        "Training is one group, so no part of it can be held back from the translator, and its gates are skipped.",
        "The copy of the challenge has train, val and test above HE and IHC, and is refused: move its val to train.",
        "PyramidPix2pix joins both images of a pair into one picture: such a folder is refused as well.",
        "The paper counts 4,870 pairs.",
    ],
    verified=[],
    unverified=[
        "all of it: layout, names and numbers are those of the authors' description, and no file was at hand",
        "0.46 µm/px, which stands for 20x",
        "that both images of a pair have one name: what has no partner is told",
    ],
    sources=[
        "bupt-ai-cz/BCI: README.md, BCI_LICENSE.md, #9; arXiv 2204.11425",
        "quqixun/BCIStainer: data/test/README.txt, data/val/README.txt (copies of the authors')",
    ],
    study="slides",
    settings={
        "stains": {"HE": {"kind": "light"}, "IHC": {"kind": "light"}},
        "tile": {"mpp": MPP, "size": 256, "stride": 256, "min_tissue": 0.0},
        "normalize": {"method": "none"},
        "translate": {"he2ihc": {"method": "pix2pix", "pairing": "paired"}},
        "pretrain": {"arms": {"real": {"objective": "trident", "loss": "vicreg", "privileged": "real/IHC"}}},
    },
)
