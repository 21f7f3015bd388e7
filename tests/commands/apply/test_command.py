import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile
import torch
import yaml
from PIL import Image

from pipeline.core.errors import ProductError, SheetError, SlideError, StudyError
from pipeline.core.files import read_json, write_json
from pipeline.core.slides.slide import Slide
from pipeline.core.store.store import TileStore
from pipeline.core.translation.translator import Translator
from pipeline.normalize.macenko import Macenko
from pipeline.study.normalize import METHODS
from pipeline.study.sheet import write_sheet
from pipeline.study.study import PARAMS, SHEET
from tests.commands.apply.conftest import SLIDES, TESTED, TILE, TOY, add_translator, apply, levels, params, resnet

OUT = Path("out.ome.tif")


def change_of(name):
    """What the study does to the colours of a slide of its own."""
    fit, target = (read_json(Path("data/normalized", own)) for own in (f"fits/{name}.json", "reference.json"))
    return Macenko(io=255.0, offset=0.0, beta=0.15, alpha=1.0, mask="mean").change(fit["fit"], target["fit"])


def learned(monkeypatch, name):
    """The study's normaliser is a toy."""
    monkeypatch.setitem(METHODS, "macenko", replace(METHODS["none"], code=f"tests.commands.apply.toys:{name}"))


def test_lossless_pixels_are_those_of_the_slide_in_other_colours(normalized):
    assert apply("normalize", "--lossless").exit_code == 0
    with openslide.OpenSlide(TESTED) as slide:
        source = np.asarray(slide.read_region((0, 0), 0, slide.dimensions).convert("RGB"))
    made = levels(OUT)
    assert np.array_equal(made[0], change_of("c")(source))
    assert not np.array_equal(made[0], source)
    assert [level.shape for level in made] == [(768, 768, 3), (384, 384, 3)]


def test_the_file_is_right_for_openslide_and_for_tifffile(normalized):
    done = apply()
    assert "768 x 768 px of 0.5 µm, levels: 2, 0." in done.stderr
    assert "seam" not in done.stderr
    with tifffile.TiffFile(OUT) as file:
        (series,) = file.series
        assert file.is_ome
        assert [page.aspage().get_resolution("MICROMETER")[0] for page in file.pages] == pytest.approx([2.0, 1.0])
        for level, found in zip(series.levels, levels(OUT), strict=True):
            assert np.array_equal(level.asarray(), found)


def test_another_resolution_is_the_mean_of_the_finer_one_as_tiles_have_it(normalized):
    assert apply("normalize", "--lossless", "--mpp", "1").exit_code == 0
    with openslide.OpenSlide(OUT) as slide:
        assert (slide.dimensions, float(slide.properties["openslide.mpp-x"])) == ((384, 384), pytest.approx(1.0))
    (made,) = levels(OUT)
    store = TileStore(Path("data/normalized/c.zarr"))
    for (x, y), tile in zip(store.column("xy") // 2, store.images(), strict=True):
        assert np.array_equal(made[y : y + 64, x : x + 64], tile)


def test_a_slide_that_is_not_the_study_s_is_fitted_as_the_study_would(normalized, tmp_path):
    shutil.copy(TESTED, tmp_path / "c.tif")  # of the same name, so of the same sample of pixels
    apply("normalize", "--lossless")
    apply("normalize", "--lossless", slide=tmp_path / "c.tif", to="other.ome.tif")
    assert np.array_equal(levels(OUT)[0], levels("other.ome.tif")[0])
    fit = Path("data/normalized/fits/c.json")
    write_json(fit, {**read_json(fit), "fit": read_json(Path("data/normalized/fits/a.json"))["fit"]})
    apply("normalize", "--lossless", to="own.ome.tif")
    assert not np.array_equal(levels("own.ome.tif")[0], levels(OUT)[0])  # what the study has found counts


@pytest.mark.parametrize("change", ["normalize", "toy"])
def test_a_slide_whose_pixels_tell_no_two_stains_apart_is_told(normalized, write_tiff, change):
    params(translate={"toy": TOY})
    add_translator(*resnet())
    amounts = np.random.default_rng(0).uniform(0.2, 1.2, (512, 512, 1))
    of_one_hue = write_tiff((255 * np.exp(-amounts * [0.65, 0.7, 0.29])).astype(np.uint8))
    told = " ".join(apply(change, slide=of_one_hue).stderr.split())
    stain = f"macenko, to the stain of {read_json(Path('data/normalized/reference.json'))['slide']}"
    assert f"{stain}; its pixels tell no two stains apart, and it is taken for one of the reference's" in told
    other = apply(change, to="other.ome.tif").stderr
    assert stain in other
    assert "apart" not in other


def test_from_elsewhere_with_paths_of_that_place(normalized, monkeypatch):
    monkeypatch.chdir(normalized.parent)
    assert apply("normalize", "--study", "study", slide=f"study/{TESTED}").exit_code == 0
    assert OUT.is_file()
    assert Path.cwd() == normalized.parent


def test_a_slide_without_resolution_needs_one(normalized, tmp_path):
    Image.open(TESTED).crop((0, 0, 700, 700)).save(tmp_path / "new.png")
    with pytest.raises(SlideError, match="says no resolution"):
        apply(slide=tmp_path / "new.png")
    assert apply("normalize", "--slide-mpp", "0.5", slide=tmp_path / "new.png").exit_code == 0
    with openslide.OpenSlide(OUT) as slide:
        assert float(slide.properties["openslide.mpp-x"]) == pytest.approx(0.5)


def test_a_learned_normaliser_of_one_colour_shows_no_seam(normalized, monkeypatch):
    learned(monkeypatch, "Constant")
    done = apply("normalize", "--lossless")
    assert "384 x 384 px of 1 µm" in done.stderr
    assert "seam: 1.000, in the slide at the same places " in done.stderr
    assert np.all(levels(OUT)[0] == (120, 80, 140))


def test_the_seam_of_windows_that_do_not_match_is_told_and_blending_takes_it_away(normalized, monkeypatch):
    learned(monkeypatch, "Vignette")
    ratios = []
    for overlap in (0, 0.5):
        told = apply("normalize", "--overlap", overlap, to=f"{overlap}.ome.tif").stderr
        ratios.append(float(told.split("ratio ")[1]))
    assert ratios[0] > 1.1
    assert ratios[1] == pytest.approx(1.0, abs=0.03)


def test_a_translator_sees_windows_as_the_study_normalises_them(normalized):
    params(translate={"toy": TOY})
    add_translator(*resnet())
    assert apply("toy", "--lossless", "--overlap", "0").exit_code == 0
    store = TileStore(Path("data/normalized/c.zarr"))
    expected = Translator(resnet()[0])(store.images())
    (made,) = levels(OUT)
    for (x, y), tile in zip(store.column("xy") // 2, expected, strict=True):
        assert np.abs(made[y : y + 64, x : x + 64].astype(int) - tile).max() <= 1  # of other batches


def test_a_translator_of_a_stain_that_is_not_normalised_sees_the_slide_itself(normalized):
    params(translate={"toy": TOY}, normalize={"stains": ["IHC"]})
    add_translator(*resnet())
    assert apply("toy", "--lossless", "--overlap", "0").exit_code == 0
    tiles = TileStore(Path("data/tiles/c.zarr"))
    (x, y), expected = tiles.column("xy")[0] // 2, Translator(resnet()[0])(tiles.images()[:1])[0]
    assert np.abs(levels(OUT)[0][y : y + 64, x : x + 64].astype(int) - expected).max() <= 1


def test_noise_depends_on_the_place_of_a_window_alone(normalized, monkeypatch):
    class Noisy(torch.nn.Module):
        stochastic = True

        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x, noise):
            return noise.uniform(1, 1, 1).expand(x.shape) * 2 - 1

    params(translate={"toy": {**TOY, "repeats": 2}})
    for repeat in (0, 1):
        add_translator(*resnet(), repeat=repeat)
    monkeypatch.setattr(Translator, "load", lambda folder: Translator(Noisy()))
    made = []
    for name, options in (("one", ("--batch", 3)), ("same", ("--batch", 16)), ("other", ("--repeat", 1))):
        apply("toy", "--lossless", "--overlap", 0, *options, to=f"{name}.ome.tif")
        made.append(levels(f"{name}.ome.tif")[0])
    one, same, other = made
    assert np.array_equal(one, same)
    assert len(np.unique(one[32::64, 32::64, 0])) > 25  # 36 windows of a colour each
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("out.png", "found 'out.png'"),
        ("out", "found 'out'"),
        (".tif", "found '.tif'"),
        ("params.tif", "there is something already"),
        ("params.tif/made/out.tif", "nothing can be written to .*params.tif"),
        ("/proc/version/out.tif", "nothing can be written to /proc/version"),
        ("locked/made/out.tif", "nothing can be written to .*locked"),
    ],
)
def test_a_place_that_cannot_be_written_to(normalized, monkeypatch, to, found):
    """It is told before the slide is looked for."""
    Path("params.tif").touch()
    Path("locked").mkdir()
    access = os.access  # root may write everywhere
    monkeypatch.setattr("os.access", lambda place, mode: Path(place).name != "locked" and access(place, mode))
    with pytest.raises(StudyError, match=found):
        apply(slide="nowhere.svs", to=to)


def test_no_study(normalized, tmp_path):
    for study in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(StudyError, match="no study here"):
            apply("normalize", "--study", study)


def test_no_slide(normalized):
    with pytest.raises(SheetError, match="there is no such slide"):
        apply(slide="nowhere.svs")


def test_folds(normalized):
    params(folds=3)
    with pytest.raises(StudyError, match="every fold has networks"):
        apply()


def test_nothing_normalised_yet(normalized):
    Path("data/normalized/reference.json").unlink()
    with pytest.raises(ProductError, match="is missing"):
        apply()


def test_normalised_by_another_method(normalized):
    params(normalize={"method": "reinhard"})
    with pytest.raises(ProductError, match="as 'macenko' knows it, the study names 'reinhard'"):
        apply()


def test_a_study_that_normalises_nothing(normalized):
    params(normalize={"method": "none"})
    with pytest.raises(StudyError, match="normalises nothing"):
        apply()


def test_a_learned_normaliser_that_was_not_trained(normalized, monkeypatch):
    monkeypatch.setitem(METHODS, "macenko", replace(METHODS["none"], code="x:X", learner="x:Y"))
    with pytest.raises(ProductError, match="is missing") as error:
        apply()
    assert error.value.where == "data/normalized/model.json"


def test_an_unknown_translator(normalized):
    params(translate={"toy": TOY})
    with pytest.raises(StudyError, match="no translator 'he2ihc'") as error:
        apply("he2ihc")
    assert error.value.fix == "one of: normalize, toy"


def test_a_translator_that_was_not_trained_or_not_so_often(normalized):
    params(translate={"toy": TOY})
    with pytest.raises(ProductError, match="is missing"):
        apply("toy")
    with pytest.raises(StudyError, match="no repeat 1"):
        apply("toy", "--repeat", 1)


def test_a_slide_of_another_stain(normalized):
    params(translate={"toy": {**TOY, "source": "IHC", "target": "HE"}})
    add_translator(*resnet(), source="IHC")
    with pytest.raises(SlideError, match="a slide of HE"):
        apply("toy")


def test_a_resolution_that_is_not_to_be_had(normalized):
    with pytest.raises(SlideError, match=r"the slide has 0\.5 µm/px, 0\.25 is asked for"):
        apply("normalize", "--mpp", "0.25")
    params(translate={"toy": TOY})
    with pytest.raises(StudyError, match=r"learned at 1 µm/px, 0\.5 is asked for"):
        apply("toy", "--mpp", "0.5")


def test_lossless_has_no_quality(normalized):
    with pytest.raises(StudyError, match="no quality"):
        apply("normalize", "--lossless", "--quality", "80")


def test_a_slide_without_tissue(normalized, write_tiff):
    with pytest.raises(SlideError, match="no tissue"):
        apply(slide=write_tiff(np.full((512, 512, 3), 240, np.uint8)))


def test_several_slides_or_a_slide_of_several_images(normalized, tmp_path):
    with pytest.raises(SheetError, match="3 slides, expected one"):
        apply(slide="data/phantom")
    folder = tmp_path / "images"
    folder.mkdir()
    for name in "ab":
        shutil.copy(TESTED, folder / f"{name}.tif")
    rows = [Slide(slide_id=n, path=f"data/phantom/{n}.tif", patient_id=n, split=s) for n, s in SLIDES.items()]
    SHEET.unlink()
    write_sheet(SHEET, [*rows, Slide(slide_id="many", path=str(folder), patient_id="m", split="test")])
    with pytest.raises(SlideError, match="this is many"):
        apply(slide=folder)


def test_what_is_no_slide(normalized, tmp_path):
    (tmp_path / "bad.svs").write_bytes(b"no slide")
    with pytest.raises(SlideError, match="no slide format"):
        apply(slide=tmp_path / "bad.svs")


def test_other_slides_of_the_study_may_be_gone(normalized):
    Path("data/phantom/a.tif").unlink()
    assert apply().exit_code == 0


def test_a_slide_that_the_study_left_as_it_is(normalized):
    place = Path("data/normalized/c.json")
    write_json(place, {**read_json(place), "normalized": False})
    with pytest.raises(SlideError, match="changes nothing of this slide"):
        apply()


def test_a_slide_that_turns_out_to_be_damaged_leaves_nothing(normalized, monkeypatch):
    def damaged(region, change, scale, top, column):
        if (top, column) == (512, 1):
            raise SlideError("a segment is no JPEG")
        return np.zeros((256, 256, 3), np.uint8)

    monkeypatch.setattr("pipeline.commands.apply.rows._tile", damaged)
    with pytest.raises(SlideError, match="no JPEG"):
        apply(to="made/out.ome.tif")
    assert list(Path("made").iterdir()) == []


def test_a_study_is_as_it_was(normalized):
    before = sorted(Path().rglob("*"))
    apply(to="../out.ome.tif")
    assert sorted(Path().rglob("*")) == before
    assert yaml.safe_load(PARAMS.read_text()) == {"tile": TILE}
