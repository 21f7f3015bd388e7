"""TCGA: slides as the GDC's client lays them out, a folder for each file."""

import re
from collections import Counter
from pathlib import Path

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.core.slides.slide import Slide

FILE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BARCODE = re.compile(r"(TCGA-(\w{2})-\w{4})-\d{2}[A-Z]-\w{2}-(DX|TS|MS|BS)\w*(?=\.)")
DIAGNOSTIC = "DX"
MANIFESTS, BESIDE = "gdc_manifest", ("logs", "annotations.txt")


def rows(folder: Folder) -> list[Slide]:
    """A diagnostic slide for each file, of the patient and the site in its barcode."""
    homes = [name for name in folder.names(folder.root) if FILE_ID.fullmatch(name.lower())]
    if not homes:
        folder.missing.append("no folder is named by the id of a file, as gdc-client names them")
    _compare(folder, set(homes))
    found: list[tuple[re.Match[str], Path]] = []
    others: Counter[str] = Counter()
    for home in homes:
        place = folder.root / home
        files, half = set(folder.names(place)) - set(BESIDE), folder.unfinished(place)
        folder.missing += [f"{home}/{name} is not complete" for name in half]
        if not files and not half:
            folder.missing.append(f"{home} is empty")
        for name in sorted(files):
            if not name.lower().endswith(".svs"):
                others["files that are no slides"] += 1
                continue
            code = BARCODE.match(name)
            if code is None:
                folder.missing.append(f"{home}/{name} has no barcode of a slide of TCGA")
            elif code[3] != DIAGNOSTIC:
                others["frozen sections (TS, MS, BS)"] += 1
            else:
                found.append((code, place / name))
    left = [f"{count:,} {what}" for what, count in others.items() if count]
    folder.notes += [f"Left out: {', '.join(left)}."] if left else []
    return _slides(folder, found)


def _slides(folder: Folder, found: list[tuple[re.Match[str], Path]]) -> list[Slide]:
    """Slides are called by their barcode, or by the whole name where two files bear it."""
    codes = Counter(code[0] for code, _ in found)
    slides: dict[str, Slide] = {}
    for code, path in found:
        name = code[0] if codes[code[0]] == 1 else path.stem
        if name in slides:
            folder.notes.append(f"{folder.told(path)} is left out: {slides[name].path} is the same file.")
            continue
        slides[name] = Slide(slide_id=name, patient_id=code[1], path=folder.path(path), site=code[2])
    return list(slides.values())


def _compare(folder: Folder, homes: set[str]) -> None:
    """Tells which files of the manifests in the folder were not downloaded."""
    listed = (name for name in folder.names(folder.root, (".txt", ".tsv")) if name.startswith(MANIFESTS))
    for name in listed:
        if not (folder.root / name).is_file():
            continue
        lines = (folder.root / name).read_text(encoding="utf-8", errors="replace").splitlines()
        ids = {line.split("\t")[0].lower() for line in lines[1:] if line.strip()}
        folder.lack(f"files of {name}", ids - {home.lower() for home in homes})


TCGA = DataSet(
    name="tcga",
    what="H&E slides of many tumours and hospitals, from the GDC",
    images="as many as are chosen",
    size="of those chosen",
    licence="not found",
    patients="yes",
    downloads=[
        "portal.gdc.cancer.gov: slide images with experimental strategy 'Diagnostic Slide', then gdc-client "
        "download -m gdc_manifest....txt -d FOLDER"
    ],
    layout=[
        "FOLDER/",
        "  FILE_ID/TCGA-AN-A0XW-01Z-00-DX1.UUID.svs    FILE_ID is not that UUID",
        "  FILE_ID/logs/, annotations.txt              left out",
        "  gdc_manifest*.txt                           if it lies here, what it names must, too",
    ],
    split="None is official: patients are drawn by tile.test_share. Published splits are tables of other projects; "
    "write theirs into the column split.",
    rows=rows,
    traps=[
        "Frozen sections (TS, MS, BS) look otherwise, and are left out: diagnostic ones (DX) alone are taken.",
        "A patient has several slides: the first 12 characters of the barcode name the patient, who has one split.",
        "The site is the barcode's code of the hospital and the study. One hospital has several codes, and a label "
        "may follow the hospital's stain: test on sites that are not trained on.",
        "MoNuSeg, MoNuSAC and parts of PanNuke are of these patients: do not pretrain on those that you test on there.",
        "TCGA-OL-A5RX, A5RY and A5RZ (DX1) state no resolution, and are quarantined until the column mpp has one.",
        "Collections of TCGA in the IDC are the same slides as DICOM.",
        "Labels are not in the files: fill the column label.",
    ],
    verified=[],
    unverified=[
        "all of it: the layout is that of the client's code and others' file names, and no slide was at hand",
        "that TS, MS and BS are all frozen, and no DX is (from a copied description)",
        "the licence of images",
    ],
    sources=[
        "NCI-GDC/gdc-client: gdc_client/download/client.py, gdc_client/parcel/download_stream.py",
        "NCIP/gdc-docs: docs/Encyclopedia/pages/TCGA_Barcode.md",
        "mahmoodlab/TRIDENT: tests/test_openslidewsi.py; NKI-AI/dlup: issues 76 and 111",
    ],
    study="cohort",
)
