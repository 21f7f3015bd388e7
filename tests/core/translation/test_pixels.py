from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.store.array import TileArray
from pipeline.core.store.rows import Rows
from pipeline.core.store.store import write_store
from pipeline.core.translation.pixels import RGB, Pixels


def stored(folder: Path, images: np.ndarray) -> Rows:
    path = folder / "a.zarr"
    columns = {"xy": np.zeros((len(images), 2), np.int64)}
    arrays = {"image": TileArray(str(images.dtype), images.shape[-1])}
    write_store(path, [images], columns, {}, size=images.shape[1], arrays=arrays)
    return Rows([path])


@pytest.mark.parametrize(("largest", "full"), [(4095, 4095), (3000, 4095), (4096, 8191), (65535, 65535), (100, 255)])
def test_16_bits_are_as_many_as_are_used(tmp_path, largest: int, full: int) -> None:
    images = np.zeros((3, 4, 4, 5), np.uint16)
    images[2, 1, 1, 4] = largest
    assert Pixels.of(stored(tmp_path, images)) == Pixels("uint16", 5, full)


def test_8_bits_are_all_used(tmp_path) -> None:
    assert Pixels.of(stored(tmp_path, np.zeros((2, 4, 4, 1), np.uint8))) == Pixels("uint8", 1, 255)
    assert RGB.array == TileArray()


@pytest.mark.parametrize("full", [4095, 65535])
def test_every_value_of_16_bits_survives_the_way_there_and_back(full: int) -> None:
    pixels = Pixels("uint16", 1, full)
    values = torch.from_numpy(np.arange(full + 1, dtype=np.uint16)).view(1, -1, 1, 1)
    tensor = pixels.tensor(values)
    assert (tensor.min().item(), tensor.max().item()) == (-1, 1)
    assert torch.equal(pixels.images(tensor), values)
    assert pixels.images(tensor * 2).numpy().max() == full


@pytest.mark.parametrize("images", [np.zeros((1, 2, 2, 4), np.uint8), np.zeros((1, 2, 2, 3), np.uint16)])
def test_other_pixels_are_told(images: np.ndarray) -> None:
    with pytest.raises(ProductError, match=r"expected tiles of uint8 \(y, x, 3\), found uint"):
        RGB.check(images, "here")
