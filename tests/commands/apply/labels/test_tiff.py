from contextlib import closing

import numpy as np
import pytest
import tifffile

from pipeline.commands.apply.labels.tiff import write_labels
from pipeline.core.slides.labels import LabelImage
from tests.commands.apply.labels.pictures import blobs, ids_of, maps_of, stitched


@pytest.fixture
def found():
    return stitched(maps_of(blobs(300, 520, 5.0)))


def test_a_label_image_is_read_as_it_was_found(found, tmp_path):
    path = tmp_path / "made" / "x.ome.tif"
    write_labels(path, found, 0.5, ("round", "weiß"))
    with closing(LabelImage(path)) as image:
        assert (image.width, image.height, image.dtype) == (520, 300, "uint32")
        mask, instance = image.tile(0, 0, 300, 300)
        assert np.array_equal(instance, ids_of(found)[:, :300])
        assert np.array_equal(mask, blobs(300, 520, 5.0)[:, :300])
        mask, instance = image.tile(220, 0, 300, 150)
        assert np.array_equal(instance, ids_of(found)[1::2, 221::2])
    assert [own.name for own in path.parent.iterdir()] == [path.name]


def test_other_programs_read_it_too(found, tmp_path):
    write_labels(tmp_path / "x.tif", found, 0.5, ("round", "weiß"))
    with tifffile.TiffFile(tmp_path / "x.tif") as file:
        pages = [page.aspage() for page in file.pages]
        assert not file.is_ome
        assert [page.dtype for page in pages] == [np.uint32, np.uint8]
        assert [page.get_resolution("MICROMETER") for page in pages] == [(2.0, 2.0)] * 2
        assert np.array_equal(pages[0].asarray(), ids_of(found))
        assert np.array_equal(pages[1].asarray(), blobs(300, 520, 5.0))
        assert pages[1].description == "Class ids: 1 round, 2 weiß"


def test_what_goes_wrong_leaves_nothing(found, tmp_path, monkeypatch):
    def broken(self):
        yield np.zeros((256, 256), np.uint32)
        raise OSError("no more")

    monkeypatch.setattr(type(found), "tiles", broken)
    with pytest.raises(OSError, match="no more"):
        write_labels(tmp_path / "x.tif", found, 0.5, ("a", "b"))
    assert list(tmp_path.iterdir()) == []
