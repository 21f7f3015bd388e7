"""HEMIT: H&E and multiplex immunohistochemistry of one section, in crops of 1024 px or, in an older copy, of 512."""

import re
from pathlib import Path

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.commands.scan import REGIONS, find_slides, plain_name
from pipeline.core.files import Json
from pipeline.core.slides.slide import Slide, Split

MPP = 0.25
PARTS: dict[Split, int] = {"train": 3717, "val": 630, "test": 945}  # pairs of 1024 px
CROP = re.compile(r"(\[[^\]]+\])_patch_\d+_\d+\.tif")
OLDER = {"trainA": "train", "testA": "test"}
ORDER = {3: [1, 0, 2], 4: [1, 3, 0]}  # CD3, panCK and DAPI in a file of so many channels


def stains(channels: int) -> Json:
    """What the stains are; the stored picture is the same whatever the order in the files."""
    return {"HE": {"kind": "light"}, "mIHC": {"kind": "fluorescence", "channels": ORDER[channels]}}


def rows(folder: Folder) -> list[Slide]:
    """The crops of a region are a slide, and what is registered to them is another; the layout is known by folders."""
    if set(OLDER) & set(folder.names(folder.root)):
        return _older(folder)
    found = []
    for split, expected in PARTS.items():
        place = folder.find(split, f"HEMIT/{split}")
        images, labels = (place and folder.find(name, below=place) for name in ("input", "label"))
        if images and labels:
            found += _regions(folder, images, labels, split, expected)
    return found


def _regions(folder: Folder, images: Path, labels: Path, split: Split, expected: int) -> list[Slide]:
    names, other = (set(folder.names(place, (".tif",))) for place in (images, labels))
    folder.count(f"crops in {folder.told(images)}", len(names), expected)
    folder.lack(folder.told(labels), names - other)
    folder.lack(folder.told(images), other - names)
    regions: dict[str, list[str]] = {}
    for name in sorted(names & other):
        crop = CROP.fullmatch(name)
        if crop:
            regions.setdefault(crop[1], []).append(name)
        else:
            folder.missing.append(f"{folder.told(images / name)} is not named as [7941,48408]_patch_0_0.tif is")
    if regions:
        _count_channels(folder, labels / next(iter(regions.values()))[0], 3)
    found = []
    for region, crops in regions.items():
        patient = plain_name(region.strip("[]"), "region")
        name = f"{split}-{patient}-HE"
        path = folder.listed(name, images, crops)
        image = Slide(slide_id=name, patient_id=patient, path=path, mpp=MPP, split=split, unit=REGIONS)
        name = f"{split}-{patient}-mIHC"
        path = folder.listed(name, labels, crops)
        found += [image, image.changed(slide_id=name, path=path, stain="mIHC", paired_with=image.slide_id)]
    return found


def _older(folder: Folder) -> list[Slide]:
    """Crops of 512 px as pairs lie; all of them or none."""
    told = len(folder.missing)
    for name in OLDER:
        images, labels = folder.find(name), folder.find(f"{name[:-1]}B")
        if images is None or labels is None:
            continue
        stems, crops = ({Path(file).stem: file for file in folder.names(place)} for place in (images, labels))
        folder.lack(folder.told(labels), (f"{stem}.tif" for stem in stems.keys() - crops.keys()))
        folder.lack(folder.told(images), (f"{stem}.jpg" for stem in crops.keys() - stems.keys()))
        if crops:
            _count_channels(folder, labels / min(crops.values()), 4)
    if len(folder.missing) > told:
        return []
    folder.settings["stains"] = stains(4)
    folder.notes.append("An older copy, of 512 px: nothing says µm/px, and 0.5 stands in for it.")
    found = find_slides(folder.root, folder.study, REGIONS)
    parts = [OLDER.get(f"{Path(slide.path).parent.name[:-1]}A") for slide in found]
    both = sorted({slide.patient_id for slide, part in zip(found, parts, strict=True) if part is None})
    folder.missing += [f"region {patient} is in trainA and in testA" for patient in both]
    return [slide.changed(split=part) for slide, part in zip(found, parts, strict=True) if part]


def _count_channels(folder: Folder, path: Path, expected: int) -> None:
    """Tells where a crop has not the channels of its layout, for they would be in another order."""
    found = folder.samples(path)
    if found:
        folder.count(f"channels of {folder.told(path)}", found[0], expected)


HEMIT = DataSet(
    name="hemit",
    what="H&E and multiplex (CD3, panCK, DAPI) of one section, colon",
    images="5,292 pairs, 1024 px",
    size="not found",
    licence="CC BY 4.0",
    patients="no: regions",
    downloads=[
        "Mendeley Data 3gx53zm49d (DOI 10.17632/3gx53zm49d.1): pairs of 1024 px",
        "or an older copy of 512 px: the data folder of BianChang/Pix2pix_DualBranch",
    ],
    layout=[
        "FOLDER/                                          HEMIT, or what holds it",
        "  {train,val,test}/{input,label}/[x,y]_patch_r_c.tif   3,717, 630 and 945 pairs of one name",
        "or, of 512 px,",
        "FOLDER/",
        "  {trainA,testA}/N[x,y].jpg, {trainB,testB}/N[x,y].tif",
    ],
    split="As in its folders: train, val and test; of 512 px, trainA and testA.",
    rows=rows,
    traps=[
        "The order of channels is told in three ways. Files of 1024 px are taken as panCK, CD3, DAPI, by what another "
        "project uses and shows; the README says DAPI, panCK, CD3, and the authors' scores DAPI, CD3, panCK. Files of "
        "512 px are DAPI, CD3, nothing, panCK. Look at one tile: nuclei are blue in what 'synpriv' stores, CD3 red, "
        "panCK green.",
        "Slides are eight in all, and names tell the region [x,y] alone: two regions may be of one slide and of two "
        "splits, so patients may be too.",
        "Of 512 px, testA had two of the 26 regions that were seen: few regions give figures and no verdict. Empty the "
        "column split to have them drawn.",
        "One project calls the sections consecutive; the README says one section, and the older files fit that.",
    ],
    verified=[
        "498 pairs of 512 px, a part of the older copy: layout, pairs, four channels and their order (DAPI follows the "
        "absorbance of H&E, r = .86 over 40 tiles); 24 regions in trainA, two in testA, none in both"
    ],
    unverified=[
        "all of 1024 px: names and numbers are those of the README, and no file was at hand",
        "the order of its channels",
        "0.25 µm/px (another project's constant; one more calibrates to 0.284), and 0.5 for 512 px",
        "whether its splits share slides, or its crops overlap",
        "how many pairs the older copy has: nothing is counted there",
    ],
    sources=[
        "BianChang/HEMIT-DATASET: README.md, evaluation_metrics.py",
        "Sanofi-Public/MIPHEI-ViT: preprocessings/hemit_preprocessings.ipynb, configs/data/hemit.yaml",
    ],
    study="he-mihc",
    settings={"stains": stains(3)},
)
