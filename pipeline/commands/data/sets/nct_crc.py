"""NCT-CRC-HE-100K and CRC-VAL-HE-7K: tiles of nine tissues of the colon."""

from pathlib import Path

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.core.slides.slide import Slide, Split

CLASSES = ("ADI", "BACK", "DEB", "LYM", "MUC", "MUS", "NORM", "STR", "TUM")
MPP = 0.5
PARTS: dict[str, tuple[Split, int]] = {"NCT-CRC-HE-100K": ("train", 100_000), "CRC-VAL-HE-7K": ("test", 7_180)}
UNIT = "sets of unnamed patients"


def rows(folder: Folder) -> list[Slide]:
    """A slide for each class of either set; a set stands for its patients, who are not named."""
    found = []
    for name, (split, expected) in PARTS.items():
        place = folder.find(name)
        if place is None:
            continue
        homes = {label: home for label in CLASSES if (home := folder.find(label, below=place))}
        classes = {label: _tiles(folder, home, label) for label, home in homes.items()}
        folder.count(f"tiles in {name}", sum(map(len, classes.values())), expected)
        found += [
            Slide(
                slide_id=f"{name}-{label}",
                patient_id=name,
                path=folder.listed(f"{name}-{label}", homes[label], tiles),
                mpp=MPP,
                split=split,
                label=label,
                unit=UNIT,
            )
            for label, tiles in classes.items()
            if tiles
        ]
    return found


def _tiles(folder: Folder, home: Path, label: str) -> list[str]:
    """Names of the tiles of a class, which begin with it."""
    return [name for name in folder.names(home, (".tif",)) if name.startswith(label)]


NCT_CRC = DataSet(
    name="nct-crc",
    what="H&E, colon: nine tissues",
    images="107,180 tiles, 224 px",
    size="12.5 GB",
    licence="CC BY 4.0",
    patients="no",
    downloads=[
        "Zenodo record 1214456: NCT-CRC-HE-100K.zip (11.7 GB) and CRC-VAL-HE-7K.zip (800 MB)",
        "not NCT-CRC-HE-100K-NONORM.zip: the same slides before colour normalisation, other tiles of them",
    ],
    layout=[
        "FOLDER/",
        "  NCT-CRC-HE-100K/{ADI,BACK,DEB,LYM,MUC,MUS,NORM,STR,TUM}/CLASS-ABCDEFGH.tif    100,000 tiles",
        "  CRC-VAL-HE-7K/{ADI,...,TUM}/CLASS-ABCDEFGH.tif                                  7,180 tiles",
    ],
    split="100K is for training, 7K for the test, and so they are taken; no part of 100K validates.",
    rows=rows,
    traps=[
        "100K is of 86 slides and 7K of 50 other patients, none of them named: a validation part cut from 100K shares "
        "slides with what is trained on. The test is one group of 50 patients: the report has figures and no verdict.",
        "100K is normalised in colour (Macenko) already; a slide of the sheet is a class, and a normaliser fitted to "
        "each would tell the class by its fit: normalize.method is none.",
        "Artefacts of JPEG differ by class, and colour alone tells the classes far above chance: look at the floor "
        "'colour' of the report.",
        "Other programs number the classes otherwise, and PathMNIST is this set made smaller.",
    ],
    verified=["a tile of each class: TIFF of 224 x 224 px, RGB, without a resolution"],
    unverified=["numbers of tiles by class", "whether 7K is normalised in colour"],
    sources=[
        "kaiko-ai/eva: src/eva/vision/data/datasets/classification/crc.py, docs/datasets/crc.md",
        "TissueImageAnalytics/tiatoolbox: tiatoolbox/models/dataset/info.py; MedMNIST/MedMNIST: medmnist/info.py",
        "arXiv 2409.11546",
    ],
    settings={
        "stains": {"HE": {"kind": "light"}},
        "tile": {"mpp": MPP, "size": 224, "stride": 224, "min_tissue": 0.0},
        "normalize": {"method": "none"},
    },
)
