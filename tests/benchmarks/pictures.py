"""How training loops commonly read: PNG files, opened and augmented one by one with Pillow in worker processes."""

# ruff: noqa: S311  # torch seeds ``random`` in every worker, and nothing is kept secret
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch.utils.data import Dataset


def write_pictures(folder: Path, tiles: np.ndarray) -> list[Path]:
    """One PNG per tile, in the order of the tiles, made once."""
    paths = [folder / f"{row:06}.png" for row in range(len(tiles))]
    folder.mkdir(parents=True, exist_ok=True)
    for path, tile in zip(paths, tiles, strict=True):
        if not path.exists():
            Image.fromarray(tile).save(path)
    return paths


class Views(Dataset):  # type: ignore[type-arg]
    """The views of a tile, one of each of its pictures, drawn as :class:`pipeline.pretrain.augment.Augment` draws them.

    Args:
        branches: Pictures of all tiles, for each view in turn.
    """

    def __init__(self, branches: Sequence[list[Path]]) -> None:
        self.branches = branches

    def __len__(self) -> int:
        return len(self.branches[0])

    def __getitem__(self, row: int) -> list[torch.Tensor]:
        return [tensor(view(opened(paths[row]))) for paths in self.branches]


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def tensor(image: Image.Image) -> torch.Tensor:
    """Float (3, y, x) in [0, 1]."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().float() / 255


def view(image: Image.Image) -> Image.Image:
    """Noise in black pixels, flips, crop, rotation, solarisation, contrast, saturation, hue, brightness."""
    if random.random() < 0.3:
        image = _fill(image)
    if random.random() < 0.5:
        image = ImageOps.mirror(image)
    if random.random() < 0.5:
        image = ImageOps.flip(image)
    size = image.size
    part = [round(side * random.uniform(0.75, 1)) for side in size]
    left, top = (random.randint(0, side - own) for side, own in zip(size, part, strict=True))
    image = image.resize(size, Image.Resampling.BILINEAR, box=(left, top, left + part[0], top + part[1]))
    if random.random() < 0.4:
        image = image.rotate(random.uniform(0, 180), Image.Resampling.BILINEAR)
    if random.random() < 0.3:
        image = ImageOps.solarize(image, int(255 * random.uniform(0.01, 0.6)))
    image = ImageEnhance.Contrast(image).enhance(random.uniform(0.6, 1.4))
    image = ImageEnhance.Color(image).enhance(random.uniform(0.6, 1.4))
    hue, saturation, value = image.convert("HSV").split()
    turn = random.randint(-25, 25)
    hue = hue.point([(level + turn) % 256 for level in range(256)])
    image = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    return ImageEnhance.Brightness(image).enhance(random.uniform(0.6, 1.4))


def _fill(image: Image.Image) -> Image.Image:
    pixels = np.array(image)
    black = ~pixels.any(2)
    if black.any():
        pixels[black] = torch.randint(0, 256, (int(black.sum()), 3), dtype=torch.uint8).numpy()
    return Image.fromarray(pixels)
