"""Where coordinates that another tool chose lie."""

from pathlib import Path

NAMES = ("{}_patches.h5", "patches/{}_patches.h5", "{}.h5", "patches/{}.h5")  # TRIDENT's, then CLAM's


def find_coordinates(folder: str, slide: str, path: str) -> Path | None:
    """A slide's coordinates in a folder that TRIDENT or CLAM wrote, or in its ``patches``; None where it has none.

    Args:
        folder: The folder.
        slide: The slide's id, by which its coordinates are looked up first,
        path: and its file or folder, whose name is what those tools know it by.
    """
    places = (Path(folder) / name.format(known) for known in (slide, Path(path).stem) for name in NAMES)
    return next((place for place in places if place.is_file()), None)
