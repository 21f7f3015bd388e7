"""AxonDeepSeg: axons and their myelin under the electron microscope, in folders by BIDS."""

from functools import partial
from pathlib import Path

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.core.slides.slide import GIVEN, Slide

PLACES = ("micr", "microscopy")
MASK = "_seg-axonmyelin-manual"
SEM, TEM = (8, 10, "sub-rat6"), (20, 158, "sub-nyuMouse26")  # animals, images, and the animal of the test
UNIT = "animals"
ONE_TESTED = (
    "The test is one animal: the report has figures and no verdict. Give other animals to the test, if you like, but "
    "not images of one animal to both."
)


def rows(folder: Folder, stain: str, whole: tuple[int, int, str]) -> list[Slide]:
    """An image and the mask of its axons, two slides, of the animal that its folder names."""
    animals, images, tested = whole
    here = any(name.startswith("sub-") for name in folder.names(folder.root))
    home = folder.root if here else folder.find(f"data_axondeepseg_{stain.lower()}")
    if home is None:
        return []
    own = [name for name in folder.names(home) if name.startswith("sub-")]
    slides = [slide for name in own for slide in _animal(folder, home, name, stain, tested)]
    folder.count("animals", len(own), animals)
    folder.count("images with masks", len(slides) // 2, images)
    folder.lack("the animal of the test", {tested} - set(own))
    return slides


def _animal(folder: Folder, home: Path, animal: str, stain: str, tested: str) -> list[Slide]:
    """The images of an animal."""
    place = folder.find(*PLACES, below=home / animal)
    labels = folder.find(*(f"derivatives/labels/{animal}/{name}" for name in PLACES), below=home)
    if place is None or labels is None:
        return []
    found = []
    masks, images = folder.stems(labels, f"{MASK}.png"), folder.stems(place, f"_{stain.lower()}.png")
    folder.lack(f"masks of {animal}", (f"{stem}{MASK}.png" for stem in images if stem + MASK not in masks))
    for stem in images:
        mpp = _pixel(folder, place, stem, f"{animal}_{stain}")
        if mpp is None or stem + MASK not in masks:
            continue
        image = Slide(
            slide_id=stem,
            patient_id=animal,
            path=folder.path(images[stem]),
            stain=stain,
            mpp=mpp,
            split="test" if animal == tested else "train",
            unit=UNIT,
        )
        path = folder.path(masks[stem + MASK])
        found += [image, image.changed(slide_id=f"{stem}-axons", path=path, stain="axons", mpp=None, paired_with=stem)]
    return found


def _pixel(folder: Folder, place: Path, *stems: str) -> float | None:
    """µm per pixel, by the image's own file or its animal's; None, and told, where neither says it."""
    path = next((path for path in (place / f"{stem}.json" for stem in stems) if path.is_file()), None)
    if path is None:
        told = f"{folder.told(place / stems[0])}.json, or {stems[-1]}.json, is missing: it says µm per pixel"
        folder.missing.append(told)
        return None
    try:
        size = read_json(path)["PixelSize"]
        mpp = float(size[0] if isinstance(size, list) else size)
    except (ProductError, LookupError, TypeError, ValueError) as error:
        folder.missing.append(f"{folder.told(path)} says no PixelSize in µm ({error})")
        return None
    if GIVEN[0] <= mpp <= GIVEN[1]:
        return mpp
    folder.missing.append(f"{folder.told(path)} says a PixelSize of {mpp:g} µm, expected {GIVEN[0]:g} to {GIVEN[1]:g}")
    return None


def _set(stain: str, whole: tuple[int, int, str], **facts: object) -> DataSet:
    """What both microscopes have in common."""
    animals, images, tested = whole
    values = {0: 0, 127: 1, 128: 1, 130: 1, 233: 2, 255: 2}
    mpp, size = (0.2, 128) if stain == "SEM" else (0.01, 256)
    return DataSet(
        name=f"axondeepseg-{stain.lower()}",
        licence="MIT",
        patients=f"animals: {animals}",
        layout=[
            f"FOLDER/                           data_axondeepseg_{stain.lower()}, or what holds it",
            f"  sub-*/micr/*_{stain}.png            {images} images; sub-*/microscopy in older releases",
            f"  sub-*/micr/*_{stain}.json           PixelSize in µm, of each image or of the animal",
            f"  derivatives/labels/sub-*/micr/*_{stain}{MASK}.png",
        ],
        split=f"{tested} is the test, as in ASTIH, and all other animals are for training.",
        rows=partial(rows, stain=stain, whole=whole),
        study="objects",
        settings={
            "stains": {
                stain: {"kind": "electron"},
                "axons": {"kind": "mask", "classes": ["myelin", "axon"], "values": values},
            },
            "tile": {"mpp": mpp, "size": size, "stride": size, "min_tissue": 0.0},
            "segment": {"labels": "axons", "images": stain},
        },
        **facts,  # type: ignore[arg-type]
    )


AXONDEEPSEG_SEM = _set(
    "SEM",
    SEM,
    what="scanning electron microscopy: axons and myelin",
    images="10 images, 737 to 2001 px",
    size="12.5 MB",
    downloads=["github.com/axondeepseg/data_axondeepseg_sem; also Zenodo record 5498378, DANDI 001442"],
    traps=[
        ONE_TESTED,
        "Masks are 0, 127 and 255; those of rat 2 have 128, 130 and 233 as well, which are taken for the nearest.",
        "Masks of rats 5 and 6 and the image of rat 6 have an alpha channel, which is left out.",
        "Pixels are of 0.07 to 0.18 µm by animal, so what is cut at one resolution is of unlike sharpness.",
        "Myelin is bright here and dark in TEM: stains.SEM.invert turns it (docs/labels.md).",
    ],
    verified=["rats 1 to 4: layout, PixelSize, values of the masks; rat 3 has one JSON for three images"],
    unverified=["rats 7 and 8"],
    sources=["axondeepseg/data_axondeepseg_sem", "axondeepseg/ASTIH: scripts/dataset_list.json"],
)
AXONDEEPSEG_TEM = _set(
    "TEM",
    TEM,
    what="transmission electron microscopy: axons and myelin",
    images="158 images, about 2286 x 3762 px",
    size="not found",
    downloads=["DANDI 001436, or data_axondeepseg_tem of AxonDeepSeg's own server"],
    traps=[
        ONE_TESTED,
        "Pixels are of 0.00236 µm, 30 to 76 times finer than those of the SEM set: studies of both need one "
        "resolution.",
        "An older copy has folders with image.png and mask.png, which is another layout and is not read.",
    ],
    verified=[],
    unverified=["all of it: the layout is that of a conversion script, and no file was at hand", "values of its masks"],
    sources=[
        "neuropoly/data-management: scripts/curate_data_axondeepseg_tem.py",
        "axondeepseg/ASTIH: scripts/dataset_list.json",
    ],
)
