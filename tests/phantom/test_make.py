import json

import numpy as np
import openslide
import pytest
import tifffile

from pipeline.core.errors import SheetError
from pipeline.core.files import read_json
from pipeline.core.manifests.slides import PhantomManifest
from pipeline.phantom.make import make_phantom
from tests.phantom.jobs import phantom_job


def test_openslide_opens_it_with_its_resolution(phantoms):
    slide = openslide.OpenSlide(phantoms / "A1-HE.tif")
    assert slide.level_dimensions == ((1024, 1024), (512, 512), (256, 256))
    assert float(slide.properties["openslide.mpp-x"]) == 0.5
    assert float(slide.properties["openslide.mpp-y"]) == 0.5


def test_the_file_is_a_tiled_jpeg_pyramid(phantoms):
    with tifffile.TiffFile(phantoms / "A1-HE.tif") as file:
        assert {page.compression.name for page in file.pages} == {"JPEG"}
        assert {(page.tilewidth, page.tilelength) for page in file.pages} == {(256, 256)}


def test_same_seed_same_bytes(phantoms, tmp_path):
    again = make_phantom(phantom_job(tmp_path, "A1-HE"))
    assert again.digests == PhantomManifest.read(phantoms / "A1-HE.json").digests


def test_another_seed_is_another_slide(phantoms, tmp_path):
    other = make_phantom(phantom_job(tmp_path, "A1-HE", seed=1)).digests
    first = PhantomManifest.read(phantoms / "A1-HE.json").digests
    assert sorted(first) == [".geojson", ".tif", ".truth.json"]
    assert all(other[name] != digest for name, digest in first.items())


@pytest.mark.parametrize(
    ("stain", "tumour", "strengths"),
    [("HE", 36, [0.9495615811669431, 1.1023324326447208]), ("IHC", 35, [1.0021429730644797, 0.8837126606718035])],
)
def test_seeds_and_the_order_of_draws_stay(phantoms, stain, tumour, strengths):
    """Figures of the first version: a study made then is made again as it was."""
    truth = read_json(phantoms / f"A1-{stain}.truth.json")
    assert truth["nuclei"] == {"gland": 123, "lymphoid": 462, "stroma": 422, "tumour": tumour}
    assert truth["strengths"] == pytest.approx(strengths, rel=1e-9)
    assert truth["scale"] == pytest.approx(1.0546846135573902, rel=1e-9)


def test_only_a_mask_has_instances(phantoms):
    payload = {stain: PhantomManifest.read(phantoms / f"A1-{stain}.json").payload for stain in ("HE", "nuclei")}
    assert payload["HE"] == tuple(phantoms / f"A1-HE{ending}" for ending in (".tif", ".geojson", ".truth.json"))
    assert payload["nuclei"][3:] == (phantoms / "A1-nuclei.instances.tif",)
    assert all(path.is_file() for paths in payload.values() for path in paths)
    assert not (phantoms / "A1-HE.instances.tif").exists()


def test_a_mask_by_another_name_is_the_same_mask(phantoms, tmp_path):
    again = make_phantom(phantom_job(tmp_path, "A1-nuclei", stain="StarDist", paired_with="A1-HE", masks=True))
    assert again.digests == PhantomManifest.read(phantoms / "A1-nuclei.json").digests


def test_registered_slides_share_their_annotations(phantoms):
    texts = {(phantoms / f"A1-{stain}.geojson").read_text() for stain in ("HE", "IHC", "nuclei")}
    assert len(texts) == 1


def test_an_unregistered_slide_is_another_section(phantoms, tmp_path):
    make_phantom(phantom_job(tmp_path, "A1-IHC", stain="IHC"))
    assert (tmp_path / "A1-IHC.geojson").read_text() != (phantoms / "A1-HE.geojson").read_text()


def test_dab_lies_around_the_nuclei_of_tumour_and_gland(phantoms):
    """Brown is in the registered tissue of tumour and gland, and not elsewhere."""
    brown = openslide.OpenSlide(phantoms / "A1-IHC.tif").read_region((0, 0), 0, (1024, 1024)).convert("RGB")
    light = np.asarray(brown).astype(float)
    dab = (light[..., 0] - light[..., 2] > 25).astype(float)
    kind = tifffile.imread(phantoms / "A1-nuclei.instances.tif")[1]
    from scipy.ndimage import distance_transform_edt

    classes = read_json(phantoms / "A1-HE.truth.json")["classes"]
    near = {name: distance_transform_edt(kind != 1 + n) < 6 for n, name in enumerate(classes)}
    carriers = (near["tumour"] | near["gland"]) & (kind == 0)
    others = (near["stroma"] | near["lymphoid"]) & ~(near["tumour"] | near["gland"])
    assert dab[carriers].mean() > 0.4
    assert dab[others].mean() < 0.02


def test_the_mask_is_the_instances(phantoms):
    instance, kind = tifffile.imread(phantoms / "A1-nuclei.instances.tif")
    mask = np.asarray(openslide.OpenSlide(phantoms / "A1-nuclei.tif").read_region((0, 0), 0, (1024, 1024)))
    assert np.array_equal(mask[..., 0] == 255, instance > 0)
    assert np.array_equal(instance > 0, kind > 0)
    counts = read_json(phantoms / "A1-nuclei.truth.json")["nuclei"]
    assert instance.max() == sum(counts.values())
    assert all(len(np.unique(kind[instance == i])) == 1 for i in (1, 7, 100))


def test_every_class_is_annotated_on_a_slide_of_full_size(tmp_path):
    make_phantom(phantom_job(tmp_path, "B1-HE", side=2048, patient_id="B1", site="siteB"))
    features = json.loads((tmp_path / "B1-HE.geojson").read_text())["features"]
    names = {feature["properties"]["classification"]["name"] for feature in features}
    assert names == {"gland", "lymphoid", "stroma", "tumour"}


def test_an_unknown_stain_is_told(tmp_path):
    with pytest.raises(SheetError, match="no stain 'PAS'") as error:
        make_phantom(phantom_job(tmp_path, "x", stain="PAS"))
    assert error.value.fix == "one of: HE, IHC, or a stain of kind mask"
