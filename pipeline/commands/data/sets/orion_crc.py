"""Orion: H&E and 19 channels of immunofluorescence of one section, 40 colorectal cancers."""

import re
from pathlib import Path

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.core.slides.slide import Slide

FOLDERS, CHANNELS = 41, 19
SAMPLE = re.compile(r"CRC(\d\d)(_\d\d)?")
HE, MULTIPLEX, MASK = "-registered.ome.tif", (".ome.tiff", ".ome.tif"), "-mask.ome.tif"


def rows(folder: Folder) -> list[Slide]:
    """The H&E of a sample, and the multiplex image that it is registered to where there is one of 8 bits."""
    home = folder.root
    if not any(SAMPLE.fullmatch(name) for name in folder.names(home)):
        found = folder.find("data", "lin-2023-orion-crc/data")
        if found is None:
            return []
        home = found
    samples = [name for name in folder.names(home) if SAMPLE.fullmatch(name)]
    folder.count("folders of samples", len(samples), FOLDERS)
    slides = [slide for name in samples for slide in _sample(folder, home / name)]
    if slides and not any(slide.paired_with for slide in slides):
        folder.notes.append("No multiplex image can be cut: with --study cohort, H&E is learned from alone.")
    return slides


def _sample(folder: Folder, place: Path) -> list[Slide]:
    names = folder.names(place, MULTIPLEX)
    folder.missing += [f"{folder.told(place / name)} is not complete" for name in folder.unfinished(place)]
    stained = [name for name in names if name.endswith(HE)]
    folder.count(f"H&E images (*{HE}) in {folder.told(place)}", len(stained), 1)
    if len(stained) != 1:
        return []
    number = SAMPLE.fullmatch(place.name)
    image = Slide(
        slide_id=f"{place.name}-HE",
        patient_id=f"C{int(number[1])}" if number else place.name,
        path=folder.path(place / stained[0]),
    )
    multiplex = _multiplex(folder, place, [name for name in names if not name.endswith((HE, MASK))])
    if multiplex is None:
        return [image]
    path = folder.path(multiplex)
    return [image, image.changed(slide_id=f"{place.name}-mIHC", path=path, stain="mIHC", paired_with=image.slide_id)]


def _multiplex(folder: Folder, place: Path, names: list[str]) -> Path | None:
    """The image of 8 bits and all channels; None, and told, where there is none."""
    told = []
    for name in names:
        found = folder.samples(place / name)
        if found == (CHANNELS, "uint8"):
            return place / name
        told += [f"{name} has {found[0]} channels of {found[1]}"] if found else []
    others = "; ".join(told) or "no other *.ome.tiff"
    folder.missing.append(f"{folder.told(place)}: no multiplex image of {CHANNELS} channels and 8 bits ({others})")
    return None


ORION_CRC = DataSet(
    name="orion-crc",
    what="H&E and multiplex (19 channels) of one section, colorectal cancer",
    images="41 slides, about 78,000 x 57,000 px",
    size="4.5 TB; H&E alone 40 GB",
    licence="not found",
    patients="yes: 40",
    downloads=[
        "s3://lin-2023-orion-crc/data, anonymous, us-east-1: *-registered.ome.tif and P*_S*.ome.tiff of each folder",
        "then a copy of 8 bits of each P*_S*.ome.tiff beside it, see the traps",
    ],
    layout=[
        "FOLDER/                         data, or what holds it",
        "  CRC01 ... CRC40/              41 folders; CRC33_01 and CRC33_02 are of one patient",
        "    *-registered.ome.tif        H&E, registered to the multiplex image",
        "    *.ome.tiff                  multiplex: 19 channels, of 8 bits; the published one, of 16, may lie beside",
        "    *-mask.ome.tif, *.csv       cells; left out",
    ],
    split="None is official: patients are drawn by tile.test_share.",
    rows=rows,
    traps=[
        "Multiplex images are published with 16 bits, which are not cut: what of 65,535 is white differs by channel, "
        "and nothing says it. Choose it by channel, for all samples alike and on training patients, and "
        "write a copy of 8 bits and of all 19 channels, with the resolution in its OME-XML, beside each. "
        "With --partial --study cohort, H&E is taken alone.",
        "Channels 12 (CD3e), 17 (Pan-CK) and 0 (Hoechst) become red, green and blue: stains.mIHC.channels. Channel 1 "
        "is autofluorescence, which others subtract from the rest, and 5 is blank (Argo550).",
        "C33 has two folders, so a split by folder leaks; patients are taken by the number.",
        "74 resections are in the study's tables (cBioPortal crc_orion_2024), 40 have images.",
        "Slides were scanned in batches, as the beginnings of file names show; no site is told.",
    ],
    verified=[],
    unverified=[
        "all of it: the layout is that of the authors' list of files, and no file was at hand",
        "the order of channels: by several projects and their copies of markers.csv",
        "0.325 µm/px in the OME-XML of both images, which is what is read; TIFF tags say none",
        "whether H&E is stored as RGB. If 'synpriv check' finds three channels of unknown colours, set "
        "stains.HE.channels: [0, 1, 2]; such slides are not searched for tissue, and all of their tiles are cut",
    ],
    sources=[
        "labsyspharm/orion-crc: README.md, datarelease-README.md",
        "Sanofi-Public/MIPHEI-ViT: preprocessings (channels, autofluorescence)",
    ],
    study="he-mihc",
    settings={
        "stains": {"HE": {"kind": "light"}, "mIHC": {"kind": "fluorescence", "channels": [12, 17, 0]}},
        "tile": {"mpp": 0.5, "size": 256, "stride": 256, "min_tissue": 0.5, "test_share": 0.5},
    },
)
