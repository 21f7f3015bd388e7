"""What a segmenter of the study finds in a slide."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError, SheetError, SlideError, StudyError
from pipeline.core.files import write_json
from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.core.segmentation.network import SegmentationNetwork
from pipeline.core.segmentation.segmenter import Segmenter
from pipeline.core.slides.labels import LabelImage
from pipeline.core.store.store import TileStore
from tests.commands.apply.conftest import TESTED, TOY, add_translator, apply, params, resnet

CLASSES = ("dark", "pale")
STAINS = {"nuclei": {"kind": "mask", "classes": list(CLASSES)}}
ARMS = {"real": {"method": "unet"}, "adaptive": {"method": "unet", "test_through": "toy"}}
OUT = Path("out.tif")


class Thresholds(SegmentationNetwork):
    """Classes by the blue of a pixel alone."""

    def __init__(self, channels=3):
        super().__init__(channels=channels, classes=2, multiple=8)
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, images):
        return self.maps(images)

    def maps(self, images):
        blue = images[:, 2]
        dark, pale = (blue < 0.5).float(), ((blue >= 0.5) & (blue < 0.7)).float()
        return torch.stack([1 - dark - pale, dark, pale], 1)


class Inner(Thresholds):
    """Finds the class dark wherever a window does not end."""

    def maps(self, images):
        found = torch.zeros(len(images), 3, *images.shape[2:])
        found[:, 0] = 1.0
        found[:, :2, 8:-8, 8:-8] = torch.tensor([0.0, 1.0]).view(1, 2, 1, 1)
        return found


def add_segmenter(arm="real", seed=3, reads="HE"):
    folder = Path("models/segmenters", arm, str(seed))
    manifest = SegmenterManifest(
        arm=arm, seed=seed, method="unet", classes=CLASSES, labels="nuclei", images=reads, reads=reads,
        learned={"real": 1}, real=1, patients=("a",), tiles=1, steps=1, weights={}, configs={},
        history=folder / "history.csv", folder=folder,
    )  # fmt: skip
    write_json(folder.with_suffix(".json"), manifest.model_dump(mode="json"))


def arms(**changes):
    """A params.yaml with segmenters."""
    segment = {"arms": ARMS, "baseline": "real", "seeds": [3, 8], **changes}
    own = {**TOY, "source": "IHC", "target": "HE", "repeats": 2}
    params(stains=STAINS, translate={"toy": own}, segment=segment)


@pytest.fixture
def study(normalized, monkeypatch):
    arms()
    add_segmenter()
    monkeypatch.setattr(Segmenter, "load", lambda folder: Segmenter(Thresholds()))
    return normalized


def labels(path=OUT):
    """Classes and objects of a square file."""
    with closing(LabelImage(path)) as image:
        return image.tile(0, 0, image.width, image.width)


def test_labels_are_those_of_the_tiles_that_the_study_has(study):
    done = apply("real", to=OUT)
    assert done.exit_code == 0
    mask, instance = labels()
    assert mask.shape == (384, 384)
    assert np.array_equal(mask > 0, instance > 0)
    store = TileStore(Path("data/normalized/c.zarr"))
    seen = []
    for (x, y), tile in zip(store.column("xy") // 2, store.images(), strict=True):
        expected = np.where(tile[..., 2] < 127.5, 1, np.where(tile[..., 2] < 178.5, 2, 0))
        found = mask[y : y + 64, x : x + 64]
        assert np.all((found == expected) | (found == 0))  # specks are none
        seen.append(np.mean(found == expected))
    assert np.mean(seen) > 0.95
    assert set(np.unique(mask)) == {0, 1, 2}


def test_the_last_line_counts_what_was_found(study):
    said = apply("real", to=OUT).stderr
    mask, instance = labels()
    dark = len(np.unique(instance[mask == 1]))
    assert "384 x 384 px of 1 µm" in said
    counts = f"dark {dark}, pale {instance.max() - dark}"
    assert f"real, seed 3; macenko, to the stain of a; objects: {instance.max()} ({counts})" in said


def test_maps_of_windows_are_averaged(study, monkeypatch):
    monkeypatch.setattr(Segmenter, "load", lambda folder: Segmenter(Inner()))
    apply("real", "--overlap", 0, to="hard.tif")
    apply("real", "--overlap", 0.5, to="soft.tif")
    hard, soft = (labels(Path(name))[1] for name in ("hard.tif", "soft.tif"))
    assert hard.max() == 36  # an object in each window
    assert soft.max() == 1
    assert soft[8:-8, 8:-8].all()
    assert not soft[:8].any()


def test_outlines_lie_beside_the_labels_or_alone(study):
    assert apply("real", "--geojson", to="made/c.ome.tif").exit_code == 0
    assert sorted(path.name for path in Path("made").iterdir()) == ["c.geojson", "c.ome.tif"]
    features = json.loads(Path("made/c.geojson").read_text())["features"]
    _, instance = labels(Path("made/c.ome.tif"))
    assert len(features) == instance.max()
    places = np.array([place for own in features for place in own["geometry"]["coordinates"][0]])
    rows, columns = np.nonzero(instance)
    assert places.max(0).tolist() == [2 * columns.max() + 2, 2 * rows.max() + 2]  # two pixels of level 0 each
    assert places.min(0).tolist() == [2 * columns.min(), 2 * rows.min()]
    assert apply("real", to="alone.geojson").exit_code == 0
    assert Path("alone.geojson").read_text() == Path("made/c.geojson").read_text()
    assert not list(Path().glob("alone.*tif"))


def test_a_repeat_is_a_place_in_the_seeds(study):
    with pytest.raises(ProductError, match="is missing") as error:
        apply("real", "--repeat", 1, to=OUT)
    assert error.value.where == "models/segmenters/real/8.json"
    with pytest.raises(StudyError, match="no repeat 2") as wrong:
        apply("real", "--repeat", 2, to=OUT)
    assert wrong.value.fix == "one of: 0 (seed 3), 1 (seed 8)"


def test_views_are_segmented_where_the_arm_is_tested_so(study, monkeypatch):
    """The segmenter knows HE, and slides that are tested are of IHC; one of HE it sees as it is."""
    add_segmenter("adaptive")
    for repeat in (0, 1):
        add_translator(*resnet(repeat), repeat=repeat, source="IHC")
    seen = []
    maps = Thresholds.maps
    monkeypatch.setattr(Thresholds, "maps", lambda self, images: seen.append(images) or maps(self, images))
    assert "of views by toy" not in apply("adaptive", to=OUT).stderr  # the sheet says that it is of HE
    plain = torch.cat(seen)
    seen.clear()
    Path("other.tif").write_bytes(TESTED.read_bytes())  # of the translator's stain, for all that is known
    assert "adaptive, seed 3, of views by toy" in apply("adaptive", slide="other.tif", to="other-out.tif").stderr
    assert not torch.equal(plain, torch.cat(seen))


def test_a_slide_of_another_stain(study):
    add_segmenter(reads="IHC")
    with pytest.raises(SlideError, match="a slide of HE"):
        apply("real", to=OUT)


def test_a_segmenter_of_other_channels(study, monkeypatch):
    monkeypatch.setattr(Segmenter, "load", lambda folder: Segmenter(Thresholds(4)))
    with pytest.raises(StudyError, match="reads 4 channels"):
        apply("real", to=OUT)


@pytest.mark.parametrize(
    ("options", "where"),
    [(["--quality", 80], "--quality"), (["--lossless"], "--lossless"), (["--mpp", 0.5], "--mpp")],
)
def test_what_is_asked_of_pictures_alone(study, options, where):
    with pytest.raises(StudyError) as error:
        apply("real", *options, to=OUT)
    assert error.value.where == where


def test_outlines_of_a_picture(study):
    with pytest.raises(StudyError, match="'normalize' finds no objects"):
        apply("normalize", "--geojson")
    with pytest.raises(StudyError, match=r"found 'out\.geojson'"):
        apply("normalize", to="out.geojson")


@pytest.mark.parametrize("to", ["out.png", ".tif", "there.tif", "beside.tif"])
def test_a_place_that_cannot_be_written_to(study, to):
    Path("there.tif").touch()
    Path("beside.geojson").touch()
    with pytest.raises(StudyError, match="--to"):
        apply("real", "--geojson", slide="nowhere.svs", to=to)


def test_no_slide(study):
    with pytest.raises(SheetError, match="no such slide"):
        apply("real", slide="nowhere.svs", to=OUT)


def test_segmenters_are_among_what_there_is(study):
    with pytest.raises(StudyError) as error:
        apply("unknown")
    assert error.value.fix == "one of: normalize, toy, adaptive, real"


def test_a_name_of_two(study):
    arms(arms={"toy": {"method": "unet"}}, baseline="toy")
    with pytest.raises(StudyError, match="there is a translator 'toy', too"):
        apply("toy", to=OUT)


def test_a_slide_that_turns_out_to_be_damaged_leaves_nothing(study, monkeypatch):
    def damaged(region, scale, size, x, y):
        if y > 100:
            raise SlideError("a segment is no JPEG")
        return np.zeros((size, size, 3), np.uint8)

    monkeypatch.setattr("pipeline.commands.apply.output._window", damaged)
    with pytest.raises(SlideError, match="no JPEG"):
        apply("real", to="made/out.tif")
    assert not Path("made").exists()


def test_a_study_is_as_it_was(study):
    before = sorted(Path().rglob("*"))
    apply("real", "--geojson", to="../out.tif")
    assert sorted(Path().rglob("*")) == before
