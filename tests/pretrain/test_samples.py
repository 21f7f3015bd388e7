import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.errors import ProductError
from pipeline.core.manifests.translators import GateManifest
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import TileStore, write_store
from pipeline.core.tasks.annotation import Annotation
from pipeline.pretrain.colours import colour
from pipeline.pretrain.samples import Painted, read_samples
from pipeline.pretrain.vectors import vectors_of
from pipeline.translate.data import read_data

from .conftest import GATE, INDEX, SIZE, TILES, store

TASK = Annotation({"kind": "annotation"})


def spec(privileged=None, only_with=None, pairs=None, drawing=None, kind="light"):
    arm = {"privileged": privileged, "only_with": only_with, "pairs": pairs}
    augment = {"preset": "corrected"}
    return {"primary": "HE", "seed": 0, "drawing": drawing, "arm": arm, "view_kind": kind, "augment": augment}


def read(gate=None, task=None, vectors=None, **more):
    return read_samples(Cohort.read(INDEX), spec(**more), gate, task, vectors)


def gate():
    return GateManifest.read(GATE)


def test_all_training_tiles_and_no_others(study):
    samples = read()
    assert samples.patients == ["A1", "A2"]
    assert len(samples.arrays["image"]) == samples.total == 24


def test_real_privileged_keeps_the_slides_with_a_partner(study):
    samples = read(privileged="real/IHC")
    assert samples.patients == ["A1"]
    assert samples.total == 24
    partner = TileStore(study / "data/normalized/A1-IHC.zarr").images()
    assert np.array_equal(samples.arrays["privileged"][:], partner)


def test_the_own_view_is_the_tile_itself(study):
    samples = read(privileged="self")
    assert samples.patients == ["A1", "A2"]
    assert samples.arrays["privileged"] is samples.arrays["image"]
    assert samples.colours["privileged"] == samples.colours["image"]


def test_equal_sample_count_for_a_synthetic_arm(study):
    samples = read(gate(), privileged="toy", only_with="IHC")
    assert samples.patients == ["A1"]
    assert len(samples.arrays["privileged"]) == 12


def test_synthetic_views_are_row_aligned(study):
    samples = read(gate(), privileged="toy")
    second = TileStore(study / "data/privileged/toy/0/A2-HE.zarr").images()
    assert np.array_equal(samples.arrays["privileged"][12:], second)


def test_a_view_that_was_not_made_of_every_tile_is_told(study):
    views = dict(gate().members)
    views["A1-HE"] = views["A1-HE"].model_copy(update={"tiles": 11})
    with pytest.raises(ProductError, match="no synthetic view of every tile of A1-HE") as error:
        read(gate().model_copy(update={"members": views}), privileged="toy")
    assert error.value.where == "data/privileged/toy/0/A1-HE.json"


def test_the_primary_stain_is_the_jobs(study):
    found = read_samples(Cohort.read(INDEX), {**spec(), "primary": "IHC"}, None)
    assert (found.patients, found.total) == (["A1"], 12)


def test_supervised_keeps_labelled_tiles(study):
    samples = read(task=TASK)
    assert samples.classes == ("stroma", "tumour")
    assert samples.arrays["label"].tolist() == [0, 1] * 8
    labelled = np.flatnonzero(np.arange(12) % 3)
    images = [TileStore(study / f"data/normalized/{slide}.zarr").tiles(labelled) for slide in ("A1-HE", "A2-HE")]
    assert np.array_equal(samples.arrays["image"][:], np.concatenate(images))


def member(slide, patient, path, paired_with=""):
    stain = slide.split("-")[1]
    return Member(slide, patient, "A", stain, "train", paired_with, path, 12)


def cohort_of(*patients):
    """Each with the tiles of A1: an H&E slide and its registered IHC."""
    made = []
    for name in patients:
        made.append(member(f"{name}-HE", name, Path("data/normalized/A1-HE.zarr")))
        made.append(member(f"{name}-IHC", name, Path("data/normalized/A1-IHC.zarr"), f"{name}-HE"))
    return Cohort(made)


@pytest.mark.parametrize("more", [{"privileged": "real/IHC"}, {"only_with": "IHC"}])
def test_pairs_keep_the_patients_that_a_translator_of_the_same_drawing_sees(study, more):
    cohort = cohort_of("p", "q", "r", "s", "t")
    for drawing in (0, 1):
        few = {n: read_samples(cohort, spec(pairs=n, drawing=drawing, **more), None) for n in (2, 4)}
        assert set(few[2].patients) < set(few[4].patients)
        assert (len(few[2].arrays["image"]), few[2].total) == (24, 60)
        for n, samples in few.items():
            asked = {"seed": 0, "source": "HE", "target": "IHC", "pairing": "paired", "pairs": n, "held_back": 0.2}
            assert read_data(cohort, asked, repeat=drawing).patients == samples.patients


def test_pairs_of_a_synthetic_arm(study):
    samples = read(gate(), privileged="toy", only_with="IHC", pairs=1, drawing=0)
    assert samples.patients == ["A1"]
    assert len(samples.arrays["privileged"]) == 12


def test_pairs_of_which_a_slide_was_lost_are_told(study):
    with pytest.raises(ProductError, match="2 training patients with a registered partner are asked for, and 1 are"):
        read(only_with="IHC", pairs=2, drawing=0)


def test_no_tile_left_is_an_error(study):
    with pytest.raises(ProductError, match="no slide to learn from"):
        read(only_with="CD3")


def test_colour_is_mean_and_deviation_in_unit_range():
    images = np.zeros((300, 2, 2, 3), np.uint8)
    images[:150, ..., 0], images[..., 1] = 255, 51
    mean, std = colour([images[:200], images[200:]], "here")
    assert mean == (0.5, 0.2, 0.0)
    assert std == (0.5, 0.003922, 0.003922)


def test_colour_of_16_bits_and_two_channels():
    images = np.zeros((4, 2, 2, 2), np.uint16)
    images[:2, ..., 0], images[..., 1] = 65535, 13107
    mean, std = colour([images], "here")
    assert mean == (0.5, 0.2)
    assert std == (0.5, round(1 / 65535, 6))


@pytest.mark.parametrize("images", [np.zeros((2, 4, 4, 3), np.float32), np.zeros((2, 4, 4), np.uint8)])
def test_colour_is_that_of_images_alone(images):
    with pytest.raises(ProductError, match="expected tiles of 8 or 16 bits") as error:
        colour([images], "a.zarr")
    assert error.value.where == "a.zarr"


def other_partner(study, array):
    """Gives the partner of A1 another kind of image."""
    path = study / "data/normalized/A1-IHC.zarr"
    shutil.rmtree(path)
    images = np.zeros((12, *array.shape(SIZE)), array.dtype)
    write_store(path, [images], {"xy": np.zeros((12, 2), np.int64)}, {}, size=SIZE, arrays={"image": array})


@pytest.mark.parametrize("array", [TileArray("uint16", channels=1), TileArray(channels=4)])
def test_fluorescence_may_have_any_channels_and_16_bits(study, array):
    other_partner(study, array)
    samples = read(privileged="real/IHC", kind="fluorescence")
    assert samples.arrays["privileged"].shape == (12, SIZE, SIZE, array.channels)
    assert len(samples.colours["privileged"][0]) == array.channels


@pytest.mark.parametrize("array", [TileArray("uint16"), TileArray(channels=2)])
def test_light_that_is_not_8_bit_rgb_is_told(study, array):
    other_partner(study, array)
    with pytest.raises(ProductError, match=r"expected 8-bit RGB tiles, uint8 \(y, x, 3\), found"):
        read(privileged="real/IHC")


def test_vectors_follow_the_tiles(study):
    path = study / "genes.csv"
    path.write_text("slide_id,a,b\nA2-HE,1,5\nA1-HE,3,5\n")
    samples = read(privileged="vector/genes", vectors=vectors_of(path))
    assert samples.arrays["privileged"].tolist() == [[3.0, 5.0]] * 12 + [[1.0, 5.0]] * 12
    assert samples.colours["privileged"] == ((2.0, 5.0), (1.0, 1.0))


def more(study, *, patients=("A1",), stain="nuclei"):
    """A synthetic cohort of one part, whose painter learned from these patients."""
    folder = Path("data/synthetic/more/part-000")
    members = []
    for seed, (kind, paired) in enumerate((("HE", ""), (stain, "more-HE")), 50):
        path = folder / f"more-{kind}.zarr"
        store(path, seed)
        members.append(Member(f"more-{kind}", "more-part-000", "synthetic", kind, "train", paired, path, TILES))
    return {"more": Painted(Cohort(members), patients)}


def with_cohorts(names, painted, **keys):
    asked = spec(**keys)
    asked["arm"]["cohorts"] = names
    return read_samples(Cohort.read(INDEX), asked, None, painted=painted)


def test_painted_tiles_stand_behind_real_ones(study):
    real, both = read(), with_cohorts(["real", "more"], more(study))
    assert len(both.arrays["image"]) == 3 * TILES
    assert (both.arrays["image"][:][: 2 * TILES] == real.arrays["image"][:]).all()
    assert (both.arrays["image"][:][2 * TILES :] == images("data/synthetic/more/part-000/more-HE.zarr")).all()


def test_painted_tiles_lengthen_no_training_and_shift_no_colour(study):
    real, both = read(), with_cohorts(["real", "more"], more(study))
    assert both.total == real.total == 2 * TILES
    assert both.colours == real.colours


def test_patients_are_people_and_whom_the_painter_saw_is_among_them(study):
    assert with_cohorts(["real", "more"], more(study)).patients == ["A1", "A2"]
    alone = with_cohorts(["more"], more(study, patients=("A9",)))
    assert alone.patients == ["A9"]
    assert len(alone.arrays["image"]) == TILES


def test_the_masks_of_painted_tiles_are_a_registered_view(study):
    both = with_cohorts(["real", "more"], more(study), privileged="real/nuclei", kind="mask")
    assert len(both.arrays["image"]) == TILES  # the real slides have no nuclei
    assert (both.arrays["privileged"][:] == images("data/synthetic/more/part-000/more-nuclei.zarr")).all()


def test_few_patients_are_real_ones_and_painted_tiles_are_all_there(study):
    both = with_cohorts(["real", "more"], more(study, stain="IHC"), only_with="IHC", pairs=1, drawing=0)
    assert both.patients == ["A1"]
    assert len(both.arrays["image"]) == 2 * TILES


def images(path):
    return TileStore(Path(path)).images()
