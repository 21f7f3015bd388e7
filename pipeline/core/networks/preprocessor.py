"""How a folder of transformers wants its images: what its ``preprocessor_config.json`` says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pipeline.core.errors import ProductError
from pipeline.core.files import Json

FILE = "preprocessor_config.json"
RESAMPLING: dict[int, Literal["bilinear", "bicubic"]] = {2: "bilinear", 3: "bicubic"}  # as Pillow counts them
SMALL = 384  # from where ConvNeXt's processor no longer crops
Size = tuple[int, int]


class Preprocessing(NamedTuple):
    """What is done to images in [0, 1], in this order; see :mod:`pipeline.core.networks.framing`.

    Args:
        size: They are resized to, y and x; None: left as they are.
        crop: Then their centre is cut out.
        resample: By which filter.
        mean: Of each channel, subtracted.
        std: Divided by.
    """

    size: Size | None
    crop: Size | None
    resample: Literal["bilinear", "bicubic"]
    mean: tuple[float, ...]
    std: tuple[float, ...]


def preprocessing(said: Json | None, channels: int, path: Path) -> Preprocessing:
    """What a processor does to square tiles.

    Args:
        said: Content of the file; None where there is none: then images are taken as they are, to [-1, 1], as
            transformers' own ViT has them.
        channels: Of the network's images.
        path: Of the file.

    Raises:
        ProductError: It has no normalisation of so many channels, or resizes by another filter.
    """
    if said is None:
        return Preprocessing(None, None, "bilinear", (0.5,) * channels, (0.5,) * channels)
    size, crop = _frame(said)
    resample = said.get("resample", 2)
    if size and resample not in RESAMPLING:
        raise ProductError(
            f"images are resized by filter {resample!r}, expected 2 (bilinear) or 3 (bicubic)",
            where=f"{path}: resample",
            fix="set the one that is nearer",
        )
    brightest = 255 * float(said.get("rescale_factor", 1 / 255)) if said.get("do_rescale", True) else 255.0
    mean, std = (_colours(said, key, channels, brightest, path) for key in ("image_mean", "image_std"))
    return Preprocessing(size, crop, RESAMPLING.get(resample, "bilinear"), mean, std)


def _frame(said: Json) -> tuple[Size | None, Size | None]:
    """Sizes that a square tile is resized to and cropped to."""
    size = _size(said.get("size")) if said.get("do_resize", True) else None
    if size and "crop_pct" in said:  # ConvNeXt's and ResNet's: a margin, where images are small
        inner = size
        larger = int(size[0] / float(said["crop_pct"] or 224 / 256))
        return ((larger, larger), inner) if inner[0] < SMALL else (inner, None)
    return size, _size(said.get("crop_size")) if said.get("do_center_crop", False) else None


def _size(said: Any) -> Size | None:
    """Of a square image: a side, ``shortest_edge``, or ``height`` and ``width``."""
    if isinstance(said, dict):
        edge = said.get("shortest_edge")
        said = [said.get("height", edge), said.get("width", edge)]
    sides = said if isinstance(said, Sequence) else [said, said]
    return (sides[0], sides[1]) if all(isinstance(side, int) for side in sides) else None


def _colours(said: Json, key: str, channels: int, brightest: float, path: Path) -> tuple[float, ...]:
    """One value per channel, for images whose brightest value is 1 and not what the processor makes of it."""
    if not said.get("do_normalize", True):
        return (0.0 if key == "image_mean" else 1 / brightest,) * channels
    values = said.get(key)
    if not isinstance(values, list) or len(values) != channels:
        raise ProductError(
            f"the network takes {channels} channels, and {key} is {values!r}",
            where=f"{path}: {key}",
            fix="give one value per channel",
        )
    return tuple(float(value) / brightest for value in values)
