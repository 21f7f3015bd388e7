"""What is annotated in a slide: regions in GeoJSON as QuPath writes it, or a name for each of its images."""

from pathlib import Path

from pipeline.core.errors import SlideError
from pipeline.core.slides.outlines import Rings, read_geojson
from pipeline.core.slides.slide import ARRAY
from pipeline.core.slides.stack import read_array

Regions = dict[str, list[Rings]]  # class name to polygons


def slide_regions(annotations: str, *, images: int) -> Regions:
    """The regions of a slide's annotations; none where it has no such file.

    Args:
        annotations: The file, or empty.
        images: Of the slide; regions are of one.

    Raises:
        SlideError: The slide has several images, or the file is no GeoJSON.
    """
    if is_named(annotations):
        image_names(annotations, images=images)
        return {}
    if annotations and images > 1:
        raise SlideError(
            f"annotations of one image for a slide of {images}",
            where=annotations,
            fix="use the column 'label', or give each image a row; a name for each image may stand in a .npy file",
        )
    return read_annotations(Path(annotations)) if annotations else {}


def read_annotations(path: Path) -> Regions:
    """Reads GeoJSON; features without a class are left out.

    Raises:
        SlideError: The file is no GeoJSON.
    """
    found: Regions = {}
    for outline in read_geojson(path):
        if outline.name:
            found.setdefault(outline.name, []).extend(outline.polygons)
    return found


def is_named(annotations: str) -> bool:
    """Whether the annotations are a name for each image, and no regions."""
    return annotations.lower().endswith(ARRAY)


def image_names(annotations: str, *, images: int) -> list[str]:
    """The class of each image, as the types of PanNuke's folds say it.

    Args:
        annotations: An array of names, ``.npy``.
        images: Of the slide.

    Raises:
        SlideError: The file holds something else, or another number of names.
    """
    path = Path(annotations)
    names = read_array(path)
    if names.dtype.kind not in "US" or names.shape != (images,):
        raise SlideError(
            f"an array of {names.shape} {names.dtype} for {images} images, expected a name for each",
            where=annotations,
            fix="save the names as an array of text, one for each image in their order",
        )
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]
