import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from pipeline.core.errors import SlideError
from pipeline.core.slides import open_image
from pipeline.core.slides.base import SIDE, check_size
from pipeline.core.slides.slides import SlideReader, check_together
from pipeline.core.slides.tiffs import TiffReader


def test_a_jpeg_pyramid_is_decoded_directly(phantoms):
    reader = open_image(phantoms / "A1-HE.tif")
    assert isinstance(reader, TiffReader)
    assert (reader.mpp, reader.objective, len(reader.levels)) == ((0.5, 0.5), None, 3)
    reader.close()


def test_plain_tiff_is_read_without_openslide(write_tiff, tissue_like):
    image = tissue_like(70)
    reader = open_image(write_tiff(image, 0.25))
    assert isinstance(reader, TiffReader)
    assert reader.mpp == pytest.approx((0.25, 0.25))
    assert np.array_equal(reader.read(0, 5, 7, 20, 30), image[7:37, 5:25])


def test_channels_become_red_green_blue(write_tiff):
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 4), dtype=np.uint8)
    path = write_tiff(image, photometric="separated")
    assert np.array_equal(open_image(path, [3, 1, 0]).read(0, 0, 0, 32, 32), image[..., [3, 1, 0]])
    two = open_image(path, [1, 2]).read(0, 0, 0, 32, 32)
    assert np.array_equal(two[..., :2], image[..., 1:3])
    assert not two[..., 2].any()


def test_a_channel_that_is_not_there_is_named(write_tiff):
    path = write_tiff(np.zeros((8, 8, 4), np.uint8), photometric="separated")
    with pytest.raises(SlideError, match=r"channels \[7\] of an image of 4"):
        open_image(path, [7])


def test_planar_tiff_is_turned(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (5, 24, 32), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "p.ome.tif", image, metadata={"axes": "CYX"})
    reader = open_image(tmp_path / "p.ome.tif", [4, 0])
    assert reader.levels == [(32, 24)]
    assert np.array_equal(reader.read(0, 2, 3, 10, 8)[..., 0], image[4, 3:11, 2:12])


def test_channels_of_what_has_none_are_refused(tmp_path, tissue_like):
    Image.fromarray(tissue_like(20)).save(tmp_path / "a.png")
    with pytest.raises(SlideError, match="which only TIFF files have"):
        open_image(tmp_path / "a.png", [0, 1])


def test_pictures_know_no_resolution(tmp_path, tissue_like):
    Image.fromarray(tissue_like(20)).save(tmp_path / "a.png")
    reader = open_image(tmp_path / "a.png")
    assert (reader.mpp, reader.objective) == (None, None)
    assert np.array_equal(reader.read(0, 0, 0, 20, 20), tissue_like(20))


def test_a_picture_is_white_outside(tmp_path, tissue_like):
    Image.fromarray(tissue_like(20)).save(tmp_path / "a.png")
    box = open_image(tmp_path / "a.png").read(0, -3, 15, 10, 9)
    assert np.array_equal(box[:5, 3:], tissue_like(20)[15:, :7])
    assert (box[5:] == 255).all()
    assert (box[:, :3] == 255).all()
    assert (open_image(tmp_path / "a.png").read(0, 40, -30, 5, 5) == 255).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA", "PA"])
def test_a_transparent_picture_lies_on_white(tmp_path, mode):
    layers = np.full((4, 4, 4), 100, np.uint8)
    layers[0, :, 3], layers[1:, :, 3] = 0, 255
    image = Image.fromarray(layers)
    path = tmp_path / "a.png"
    (image.quantize() if mode == "PA" else image.convert(mode)).save(path)
    box = open_image(path).read(0, 0, 0, 4, 4)
    assert (box[0] == 255).all()
    assert (box[1:] == 100).all()


def sixteen_bits(path):
    Image.fromarray(np.full((9, 9), 300, np.uint16)).save(path)


def cmyk(path):
    Image.new("CMYK", (9, 9)).save(path, format="JPEG")


def turned(path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (9, 9)).save(path, format="JPEG", exif=exif)


def animated(path):
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(path, format="PNG", save_all=True, append_images=frames[1:])


def bomb(path):
    header = bytearray(PngImagePlugin.struct.pack(">IIBBBBB", 1 << 19, 1 << 19, 8, 2, 0, 0, 0))
    chunk = b"IHDR" + header
    crc = PngImagePlugin.zlib.crc32(chunk).to_bytes(4, "big")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + chunk + crc)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (sixteen_bits, "16 bits"),
        (cmyk, "CMYK"),
        (turned, "orientation 6"),
        (animated, "2 images"),
        (bomb, "cannot open"),
    ],
)
def test_a_picture_that_is_no_8_bit_rgb_is_named(tmp_path, make, message):
    make(tmp_path / "a.png")
    with pytest.raises(SlideError, match=message) as caught:
        open_image(tmp_path / "a.png")
    assert caught.value.fix


@pytest.mark.parametrize("name", ["a.svs", "a.tif", "a.png", "a.dcm", "a.mrxs"])
@pytest.mark.parametrize("content", [b"this is no image" * 100, b"", b"II*\0", b"MM\0+\0\x08\0\0"])
def test_what_is_no_image_is_a_slide_error(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SlideError, match="cannot open") as caught:
        open_image(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)
    assert caught.value.fix


def test_a_file_that_is_gone_is_a_slide_error(tmp_path):
    with pytest.raises(SlideError, match="cannot open"):
        open_image(tmp_path / "a.tif")


@pytest.mark.parametrize("size", [(0, 5), (SIDE + 1, 5), (1 << 19, 1 << 19)])
def test_no_glass_is_so_large(tmp_path, size):
    with pytest.raises(SlideError, match="expected 1 to"):
        check_size(tmp_path, *size)


def test_a_folder_without_a_slide_is_named(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"DICM")
    with pytest.raises(SlideError, match="a folder of 0 DICOM slides"):
        open_image(tmp_path)


def test_a_folder_of_one_dicom_slide_is_one_image(real_data, tmp_path):
    source = real_data / "wsi_openslide_python" / "tests" / "fixtures" / "boxes_0.dcm"
    (tmp_path / "a.dcm").symlink_to(source)
    (tmp_path / "b.dcm").write_bytes(b"an annotation, say")
    reader = open_image(tmp_path)
    assert isinstance(reader, SlideReader)
    assert reader.levels == [(16, 16)]


@pytest.fixture
def flat(real_data, tmp_path):
    """A folder of three DICOM slides and a picture; ``b1.dcm`` is the thumbnail of the slide in ``b0.dcm``."""
    boxes = real_data / "wsi_openslide_python" / "tests" / "fixtures"
    dots = real_data / "dicom_sm_highdicom" / "data" / "test_files"
    sources = {"b0": boxes / "boxes_0.dcm", "b1": boxes / "boxes_1.dcm"}
    sources |= {"m": dots / "sm_image.dcm", "d": dots / "sm_image_dots.dcm"}
    for name, source in sources.items():
        (tmp_path / f"{name}.dcm").symlink_to(source)
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    return tmp_path


def test_several_dicom_slides_in_a_folder_are_named(flat):
    found = r"a folder of 3 DICOM slides, expected one: b0\.dcm, d\.dcm, m\.dcm"
    with pytest.raises(SlideError, match=found) as caught:
        open_image(flat)
    assert "path is one of its files" in caught.value.fix


@pytest.mark.parametrize(("name", "size"), [("b0", (16, 16)), ("b1", (16, 16)), ("m", (50, 50)), ("d", (50, 50))])
def test_a_dicom_file_opens_the_series_that_it_belongs_to(flat, name, size):
    reader = open_image(flat / f"{name}.dcm")
    assert reader.levels == [size]
    reader.close()


def test_dicom_files_are_no_images_of_a_folder(tmp_path):
    for images in (["a.dcm", "b.dcm"], ["a.DCM", "b.png"]):
        with pytest.raises(SlideError, match=r"\d DICOM files among 2 images, expected one slide") as caught:
            check_together([tmp_path / name for name in images])
        assert caught.value.where == str(tmp_path)
    check_together([tmp_path / "a.dcm"])
    check_together([tmp_path / "a.png", tmp_path / "b.png"])
