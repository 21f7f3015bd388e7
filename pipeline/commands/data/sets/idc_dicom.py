"""Imaging Data Commons: slides as DICOM, a folder for each series, as idc-index downloads them."""

import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import Folder
from pipeline.commands.scan import plain_name, series_paths
from pipeline.core.slides.series import SERIES, series_in
from pipeline.core.slides.slide import DICOM, Slide

SLIDES = "SM"  # the modality of slide microscopy
FOLDER = re.compile(r"([A-Z]+)_([\d.]+)")  # modality and series
SUBSTANCE = re.compile(r"SpecimenPreparationStepContentItemSequence\[\d+\]\.ConceptCodeSequence\[0\]\.CodeMeaning$")
ENDING = 6  # last digits of a series' number, where a slide was scanned twice


def rows(folder: Folder) -> list[Slide]:
    """A slide for each series of slide microscopy; its patient is the one in its header."""
    found: list[tuple[str, Slide]] = []
    others: Counter[str] = Counter()
    for place in _places(folder):
        named = FOLDER.fullmatch(place.name)
        if named and named[1] != SLIDES:
            others[f"series of modality {named[1]}"] += 1
            continue
        series = series_in(place)
        if named and set(series) != {named[2]}:
            told = f"holds series {', '.join(sorted(series))}" if series else "holds no slide that can be opened"
            folder.missing.append(f"{folder.told(place)} {told}")
        others["folders without slides"] += not named and not series
        paths = series_paths(place) if series else []
        for (uid, files), path in zip(series.items(), paths, strict=True):
            slide = _slide(folder, files[0], path, others)
            found += [(uid, slide)] if slide else []
    if not found and not folder.missing:
        folder.missing.append("no DICOM file of slide microscopy in any folder")
    left = [f"{count:,} {what}" for what, count in others.items() if count]
    folder.notes += [f"Left out: {', '.join(left)}."] if left else []
    names = Counter(slide.slide_id for _, slide in found)
    twice = {uid: f"{slide.slide_id}-{uid.replace('.', '')[-ENDING:]}" for uid, slide in found}
    return [slide if names[slide.slide_id] == 1 else slide.changed(slide_id=twice[uid]) for uid, slide in found]


def _places(folder: Folder) -> list[Path]:
    """Folders of DICOM files at any depth, in order; those with downloads that have not ended are told."""
    found, closed = [], list[OSError]()
    for place, _, names in os.walk(folder.root, onerror=closed.append):
        folder.missing += [f"{folder.told(Path(place) / n)} is not complete" for n in folder.unfinished(Path(place))]
        if any(name.lower().endswith(DICOM) for name in names):
            found.append(Path(place))
    folder.missing += [f"{error.filename} cannot be listed: {error.strerror}" for error in closed]
    return sorted(found)


def _slide(folder: Folder, file: Path, path: Path, others: Counter[str]) -> Slide | None:
    """The slide that a file belongs to; None, and told, where it names no patient or was stained without eosin."""
    import openslide

    with openslide.OpenSlide(file) as opened:
        header = {key.removeprefix("dicom."): value for key, value in opened.properties.items()}
    patient = header.get("PatientID", "").strip()
    if not patient:
        folder.missing.append(f"{folder.told(file)} has no PatientID in its header")
        return None
    stained = _substances(header)
    if stained and not any("eosin" in name.lower() for name in stained):
        others[f"slides with {' and '.join(stained)}"] += 1
        return None
    parents = file.parent.parents  # study, patient, collection
    site = parents[2].name if len(parents) > 2 and parents[1].name == patient else ""
    name = plain_name(header.get("ContainerIdentifier", ""), header[SERIES.removeprefix("dicom.")])
    return Slide(slide_id=name, patient_id=patient, path=folder.path(path), site=site or "unknown")


def _substances(header: Mapping[str, str]) -> list[str]:
    """What a slide was stained with, in the words of its header; empty where that does not say it."""
    words = {value for key, value in header.items() if SUBSTANCE.search(key) and "stain" in value.lower()}
    return sorted(word for word in words if word.lower() not in ("staining", "stain"))


IDC_DICOM = DataSet(
    name="idc-dicom",
    what="slides of the Imaging Data Commons, DICOM",
    images="as many as are chosen",
    size="of those chosen",
    licence="of each series: license_short_name",
    patients="yes",
    downloads=[
        "idc download COLLECTION --download-dir FOLDER, or download_from_selection of the package idc-index; "
        "choose Modality SM"
    ],
    layout=[
        "FOLDER/",
        "  COLLECTION/PATIENT/STUDY/SM_SERIES/*.dcm     a slide: one file for each level, label, overview",
        "  COLLECTION/PATIENT/STUDY/ANN_SERIES/*.dcm    other modalities are left out",
        "Folders of another template are taken as they lie; the site is then unknown.",
    ],
    split="None is official: patients are drawn by tile.test_share.",
    rows=rows,
    traps=[
        "A file is a level and no slide: a series is one.",
        "Patients are those of the headers (PatientID), not of folders, which a template may leave out.",
        "The site is the collection, where the folders are idc-index's own; a collection may be of many hospitals.",
        "Slides whose header names stains, and not eosin, are left out; those that name none are taken for H&E.",
        "Frozen and paraffin sections are mixed: choose by embeddingMedium_CodeMeaning and tissueFixative_CodeMeaning "
        "of sm_index, and by series_size_MB.",
        "Collections of TCGA are the slides of the GDC again, and hold those of MoNuSeg and parts of PanNuke.",
        "JPEG-LS and 16 bits are not read; some colour spaces trouble OpenSlide (openslide #772).",
    ],
    verified=["single files of other projects: PatientID, ContainerIdentifier, stains and series in the header"],
    unverified=[
        "all of the layout: it is that of idc-index's code, and no series of the IDC was at hand",
        "whether a level that is missing in a series is noticed: it is not here",
        "that collections name their stains as headers of the test files do",
    ],
    sources=[
        "ImagingDataCommons/idc-index: idc_index/index.py, docs/indices_reference.md",
        "ImagingDataCommons/IDC-Tutorials: getting_started_with_digital_pathology.ipynb",
    ],
    study="cohort",
)
