"""Files that hold labels, by their endings. Another format is one more file here and one line in the table."""

from collections.abc import Callable
from pathlib import Path

from pipeline.core.errors import SlideError
from pipeline.core.slides.label_files.aperio import read_aperio
from pipeline.core.slides.label_files.arrays import read_numpy
from pipeline.core.slides.label_files.matlab import read_matlab
from pipeline.core.slides.label_files.objects import read_objects
from pipeline.core.slides.label_files.pictures import read_picture, read_tiff
from pipeline.core.slides.label_files.qupath import read_qupath
from pipeline.core.slides.label_source import Frame, LabelSource
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.stack import is_array

Reader = Callable[[Path, Labelling, Frame | None], LabelSource]

READERS: dict[str, Reader] = {
    **dict.fromkeys((".png", ".bmp"), read_picture),
    **dict.fromkeys((".tif", ".tiff", ".btf"), read_tiff),
    ".npy": read_numpy,
    ".mat": read_matlab,
    ".xml": read_aperio,
    **dict.fromkeys((".geojson", ".json"), read_qupath),
}


def read_labels(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Opens a label file.

    Args:
        path: The file, the place of an image in an array, or a folder of one picture per object.
        labelling: What the study says of it.
        frame: The image that it belongs to, where it is known; its pixels are those of the labels.

    Raises:
        SlideError: It cannot be read, is of a format that is not known, or holds others than the study says.
    """
    if path.is_dir():
        return read_objects(path, labelling, frame)
    reader = READERS.get(".npy" if is_array(path) else path.suffix.lower())
    if reader is None:
        raise SlideError(
            f"no label file: {path.suffix or 'a name without an ending'}",
            where=str(path),
            fix=f"labels are read from {', '.join(READERS)}, and from folders of one picture per object",
        )
    return reader(path, labelling, frame)
