"""How a folder of transformers wants its images: what its processor's file says."""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.model_type import Size
from pipeline.core.networks.pretrained_folder import read_config

FILE = "preprocessor_config.json"
JOINT, OWN = "processor_config.json", "image_processor"  # of images and text together, and the part of images
RESAMPLING: dict[int, Literal["bilinear", "bicubic"]] = {2: "bilinear", 3: "bicubic"}  # as Pillow counts them
SMALL, MARGIN = 384, 224 / 256  # ConvNeXt's processor: from where it no longer crops, and how much it crops usually
GIVEN_BY = {  # what is read where its switch is on, and whether that is so if nothing is said
    "size": ("do_resize", True),
    "resample": ("do_resize", True),
    "crop_size": ("do_center_crop", False),
    "rescale_factor": ("do_rescale", True),
    "image_mean": ("do_normalize", True),
    "image_std": ("do_normalize", True),
}
FRAME = "a side in pixels, 'shortest_edge', or 'height' and 'width'"
EXPECTED = {
    "size": FRAME,
    "crop_size": FRAME,
    "crop_pct": "a share above 0",
    "resample": "2 (bilinear) or 3 (bicubic)",
    "rescale_factor": "a number above 0",
    "image_mean": "a list of numbers",
    "image_std": "a list of numbers above 0",
}
Side = Annotated[int, Field(ge=1, strict=True)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]


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


class Square(BaseModel):
    """Of a square tile both sides, whatever else bounds the longer one."""

    shortest_edge: Side


class Sides(BaseModel):
    """Both sides."""

    height: Side
    width: Side


class Processor(BaseModel):
    """What is read of the file."""

    model_config = ConfigDict(frozen=True)

    size: Side | tuple[Side, Side] | Sides | Square = Field(default=0, union_mode="left_to_right")
    crop_size: Side | tuple[Side, Side] | Sides | Square = Field(default=0, union_mode="left_to_right")
    crop_pct: Positive | None = None
    resample: Literal[2, 3] = 2
    rescale_factor: Positive = 1 / 255
    image_mean: list[Number] = []
    image_std: list[Positive] = []


def processor_of(folder: Path) -> tuple[Path, Json | None]:
    """The file that says how images are made, and what it says; None where there is none.

    Transformers 5 writes a model's processors into one file, with that of images as a part, and reads it first.

    Raises:
        ProductError: It holds no JSON object.
    """
    joint, own = folder / JOINT, folder / FILE
    said = read_config(joint).get(OWN) if joint.is_file() else None
    if isinstance(said, dict):
        return joint, said
    return own, read_config(own) if own.is_file() else None


def preprocessing(said: Json | None, channels: int, path: Path) -> Preprocessing:
    """What a processor does to square tiles.

    Args:
        said: Content of the file; None where there is none: then images are taken as they are, to [-1, 1], as
            transformers' own ViT has them.
        channels: Of the network's images.
        path: Of the file.

    Raises:
        ProductError: It has no normalisation of so many channels, or resizes in a way that is not known.
    """
    if said is None:
        return Preprocessing(None, None, "bilinear", (0.5,) * channels, (0.5,) * channels)
    on = {key: bool(said.get(switch, usual)) for key, (switch, usual) in GIVEN_BY.items()}
    found = _read({key: value for key, value in said.items() if on.get(key, True)}, path)
    for key in ("size", "crop_size"):
        if said.get(GIVEN_BY[key][0]) and key not in found.model_fields_set:
            raise _mistake(key, None, path)
    brightest = 255 * found.rescale_factor if on["rescale_factor"] else 255.0
    if not on["image_mean"]:
        mean, std = (0.0,) * channels, (1 / brightest,) * channels
    else:
        for key, values in (("image_mean", found.image_mean), ("image_std", found.image_std)):
            if len(values) != channels:
                text = f"the network takes {channels} channels, and {key} is {said.get(key)!r}"
                raise ProductError(text, where=f"{path}: {key}", fix="give one value per channel")
        mean, std = (tuple(value / brightest for value in values) for values in (found.image_mean, found.image_std))
    return Preprocessing(*_frame(found), RESAMPLING[found.resample], mean, std)


def _read(said: Json, path: Path) -> Processor:
    try:
        return Processor.model_validate(said)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        raise _mistake(key, said[key], path) from None


def _mistake(key: str, found: object, path: Path) -> ProductError:
    fix = "set the one that is nearer" if key == "resample" else f"correct it, or copy {path.name} again"
    return ProductError(f"expected {EXPECTED[key]}, found {found!r}", where=f"{path}: {key}", fix=fix)


def _frame(said: Processor) -> tuple[Size | None, Size | None]:
    """Sizes that a square tile is resized to and cropped to."""
    size = _size(said.size)
    if size and "crop_pct" in said.model_fields_set:  # ConvNeXt's and ResNet's: a margin, where images are small
        larger = int(size[0] / (said.crop_pct or MARGIN))
        return ((larger, larger), size) if size[0] < SMALL else (size, None)
    return size, _size(said.crop_size)


def _size(said: int | Size | Sides | Square) -> Size | None:
    """Y and x; None: of nothing."""
    if isinstance(said, Sides):
        return said.height, said.width
    sides = said if isinstance(said, tuple) else (said.shortest_edge if isinstance(said, Square) else said,) * 2
    return sides if all(sides) else None
