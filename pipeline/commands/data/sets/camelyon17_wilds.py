"""Camelyon17-WILDS: patches of lymph nodes from five hospitals."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.commands.data.table import read_table
from pipeline.core.slides.slide import Slide, Split

if TYPE_CHECKING:
    import pandas as pd

MPP = 1.0
COLUMNS = {"patient", "node", "x_coord", "y_coord", "tumor", "center", "split"}
SEEN = "id_val"  # a tenth of the patches of training slides
PARTS = {"train": 302_436, SEEN: 33_560, "val": 34_904, "test": 85_054}
SPLITS: dict[str, Split] = {"train": "train", "val": "val", "test": "test"}
OF_SPLIT = {"0": "train", "1": SEEN}
OF_CENTER = {"1": "val", "2": "test"}  # the loader takes all of them so, whatever the column split says
LABELS = {"0": "normal", "1": "tumor"}
KNOWN = {"patient": r"\w+", "node": r"\d+", "center": "[0-4]", "split": "[01]", "tumor": "[01]"}


def rows(folder: Folder) -> list[Slide]:
    """A slide for each node and label, in the split of its centre; patches of training slides do not validate."""
    table = folder.find("metadata.csv", "camelyon17_v1.0/metadata.csv")
    patches = folder.find("patches", "camelyon17_v1.0/patches")
    frame = None if table is None else read_table(folder, table, COLUMNS)
    if frame is None or patches is None:
        return []
    frame = _known(folder, frame)
    part = frame["center"].map(OF_CENTER).fillna(frame["split"].map(OF_SPLIT))
    for name, expected in PARTS.items():
        folder.count(f"patches of {name} in metadata.csv", int((part == name).sum()), expected)
    left_out = int((part == SEEN).sum())
    if left_out:
        folder.notes.append(f"{left_out:,} patches of {SEEN} are left out: they are of slides that are trained on.")
    wanted = frame.assign(part=part)[part.isin(list(SPLITS))]
    return [slide for _, node in wanted.groupby(["patient", "node"]) for slide in _of_node(folder, patches, node)]


def _known(folder: Folder, frame: "pd.DataFrame") -> "pd.DataFrame":
    """The rows whose cells can be read, and others told: an unknown centre would be taken for one of training."""
    for column, pattern in KNOWN.items():
        fits = frame[column].str.fullmatch(pattern)
        if not fits.all():
            odd = frame.loc[~fits, column]
            folder.missing.append(f"metadata.csv: {column} is unknown in {len(odd):,} rows, such as {odd.iloc[0]!r}")
        frame = frame[fits]
    return frame


def _of_node(folder: Folder, patches: Path, node: "pd.DataFrame") -> list[Slide]:
    """The slides of a node, which has a folder: those of its patches that are there."""
    first = node.iloc[0]
    name = f"patient_{first['patient']}_node_{first['node']}"
    home = folder.find(name, below=patches)
    if home is None:
        return []
    there = set(folder.names(home, (".png",)))
    files = f"patch_{name}_x_" + node["x_coord"] + "_y_" + node["y_coord"] + ".png"
    folder.lack(f"patches of {name}", set(files) - there)
    found = []
    for key, own in files[files.isin(there)].groupby([node["tumor"], node["part"]]):
        tumor, part = map(str, key)
        slide = f"{name}-{LABELS[tumor]}"
        found.append(
            Slide(
                slide_id=slide,
                patient_id=f"patient_{first['patient']}",
                path=folder.listed(slide, home, sorted(set(own))),
                site=f"center_{first['center']}",
                mpp=MPP,
                split=SPLITS[part],
                label=LABELS[tumor],
            )
        )
    return found


CAMELYON17_WILDS = DataSet(
    name="camelyon17-wilds",
    what="H&E, lymph node: tumour or none, five hospitals",
    images="455,954 tiles, 96 px",
    size="10.7 GB",
    licence="CC0",
    patients="yes",
    downloads=["camelyon17_v1.0 of WILDS (the package wilds downloads it): 10.66 GB"],
    layout=[
        "FOLDER/                            camelyon17_v1.0, or what holds it",
        "  metadata.csv                     patient, node, x_coord, y_coord, tumor, slide, center, split",
        "  patches/patient_PPP_node_N/patch_patient_PPP_node_N_x_X_y_Y.png",
    ],
    split="Centres 0, 3 and 4 are for training, 1 for validation, 2 for the test, as the WILDS loader has it.",
    rows=rows,
    traps=[
        "id_val of WILDS, a tenth of the patches of centres 0, 3 and 4, is of the very slides that are trained on: "
        "it is "
        "left out, and tells nothing about other patients.",
        "The column split alone is not the official split: the loader overwrites it by the centre.",
        "Its 50 slides are among those of Camelyon17, and tumour is said of the central 32 px alone: a patch of label "
        "normal may show some at its border.",
        "A slide of the sheet has one label: a normaliser fitted to each would tell it, so normalize.method is none.",
        "The setting mixed-to-test, which moves one slide (patient 042, node 3), is not what is written here.",
    ],
    verified=[],
    unverified=[
        "all of it: the layout is that of the loader's code, and no file was at hand",
        "the number of patches of id_val (from a copied description)",
        "1.0 µm/px (from another loader's settings; level 2 of a scan at 0.24 would be 0.97)",
        "the numbering of centres, about which there is a doubt (p-lambda/wilds #165)",
    ],
    sources=[
        "p-lambda/wilds: wilds/datasets/camelyon17_dataset.py, dataset_preprocessing/camelyon17",
        "MICS-Lab/thunder: src/thunder/config/dataset/wilds.yaml",
    ],
    settings={
        "stains": {"HE": {"kind": "light"}},
        "tile": {"mpp": MPP, "size": 96, "stride": 96, "min_tissue": 0.0},
        "normalize": {"method": "none"},
    },
)
