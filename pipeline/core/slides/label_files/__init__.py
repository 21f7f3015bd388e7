"""Files that hold labels, by their endings. Another format is one more file here and one line in the table."""

from collections.abc import Callable
from pathlib import Path

from pipeline.core.errors import SlideError
from pipeline.core.slides.label_files import pictures
from pipeline.core.slides.label_source import Frame, LabelSource
from pipeline.core.slides.labelling import Labelling

Reader = Callable[[Path, Labelling, Frame | None], LabelSource]

READERS: dict[str, Reader] = {
    **dict.fromkeys((".png", ".bmp"), pictures.read_picture),
    **dict.fromkeys((".tif", ".tiff", ".btf"), pictures.read_tiff),
}


def read_labels(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Opens a label file.

    Args:
        path: The file, or a folder of one picture per object.
        labelling: What the study says of it.
        frame: The image that it belongs to, where it is known.

    Raises:
        SlideError: It cannot be read, is of a format that is not known, or holds others than the study says.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise SlideError(
            f"no label file: {path.suffix or 'a name without an ending'}",
            where=str(path),
            fix=f"labels are read from {', '.join(READERS)} and from folders of one picture per object",
        )
    return reader(path, labelling, frame)
