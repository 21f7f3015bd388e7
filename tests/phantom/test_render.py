"""The phantom against what it promises: known stains, and no class in the colour."""

from functools import cache

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pipeline.phantom.layout import CLASSES, COARSE, make_layout
from pipeline.phantom.nuclei import make_nuclei
from pipeline.phantom.raster import paint
from pipeline.phantom.render import concentrations, photograph, tissue_cover
from pipeline.phantom.stains import SITES, site_style, slide_style


@cache
def section(patient, side=2048):
    layout = make_layout(seed=0, patient=patient, section=f"{patient}-HE", side=side)
    nuclei = make_nuclei(layout, seed=0, patient=patient, section=f"{patient}-HE")
    return layout, paint(nuclei, side)


def stained(patient, site):
    layout, raster = section(patient)
    style = slide_style(0, site, f"{patient}-HE", "HE")
    return concentrations(layout, raster, style, seed=0, slide=f"{patient}-HE"), style


@pytest.mark.parametrize("site", sorted(SITES))
def test_least_squares_with_the_true_matrix_recovers_the_stains(site):
    layout, raster = section("small", 512)
    style = slide_style(0, site, "small", "HE")
    sharp = type(style)(**{**vars(style), "blur": 1e-3})
    stains = concentrations(layout, raster, sharp, seed=0, slide="small")
    picture = photograph(stains, sharp, noise=0.0, seed=0, slide="small").astype(float)
    density = -np.log(np.maximum(picture, 1) / np.array(style.background)).reshape(-1, 3)
    found, *_ = np.linalg.lstsq(style.matrix, density.T, rcond=None)
    dark = stains.reshape(2, -1).max(0) > 0.2
    error = np.abs(found - stains.reshape(2, -1))[:, dark]
    assert error.mean() < 0.01  # of OD, where rounding to 8 bits is all there is


def test_stain_vectors_span_the_colours_of_the_slide():
    """The plane of the rendered colours is the plane of the true vectors, to a degree."""
    stains, style = stained("A1", "siteA")
    picture = photograph(stains, style, noise=0.0, seed=0, slide="A1-HE").astype(float)
    density = -np.log(np.maximum(picture, 1) / np.array(style.background)).reshape(-1, 3)
    density = density[density.mean(1) > 0.15]
    normal = np.linalg.svd(density[::50], full_matrices=False)[2][2]
    true = np.cross(*style.matrix.T)
    cosine = abs(normal @ true) / np.linalg.norm(true)
    assert np.degrees(np.arccos(min(1.0, cosine))) < 1.5


def test_nuclei_cover_the_same_share_of_every_class():
    area, covered = np.zeros(4), np.zeros(4)
    for patient in ("A1", "A2", "B1", "C1"):
        layout, raster = section(patient)
        classes = layout.classes.repeat(COARSE, 0).repeat(COARSE, 1)
        tissue = tissue_cover(layout) > 0.5
        area += np.bincount(classes[tissue], minlength=4)
        covered += np.bincount(classes[tissue & (raster.instance > 0)], minlength=4)
    shares = covered / area
    assert np.all(area / area.sum() > 0.1)
    assert shares.mean() == pytest.approx(0.285, abs=0.015)
    assert np.ptp(shares) < 0.03


def test_mean_and_deviation_of_colour_do_not_tell_the_class():
    """Balanced accuracy of mean and standard deviation per channel of 64 µm tiles; chance is 0.25.

    The demo cohort of 15 slides gives 0.26 for the mean and 0.36 for both on the test patients of
    known sites, and 0.25 for both on the unseen site.
    """
    sets = {"train": [("A1", "siteA"), ("A2", "siteA"), ("B1", "siteB")], "test": [("A4", "siteA"), ("B4", "siteB")]}
    features, classes = {}, {}
    for name, patients in sets.items():
        tiles = [pure_tiles(*patient) for patient in patients]
        features[name], classes[name] = (np.concatenate(part) for part in zip(*tiles, strict=True))
    for columns, limit in ((slice(0, 3), 0.36), (slice(0, 6), 0.45)):
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        model.fit(features["train"][:, columns], classes["train"])
        predicted = model.predict(features["test"][:, columns])
        assert balanced_accuracy_score(classes["test"], predicted) < limit


def pure_tiles(patient, site):
    """Colour statistics at 1 µm/px and class of tiles that lie wholly in one class: (tile, 6) and (tile,)."""
    stains, style = stained(patient, site)
    picture = photograph(stains, style, noise=0.02, seed=0, slide=patient)
    layout, _ = section(patient)
    cover = tissue_cover(layout)
    features, classes = [], []
    for y in range(0, 2048, 128):
        for x in range(0, 2048, 128):
            kinds = np.unique(layout.classes[y // COARSE : (y + 128) // COARSE, x // COARSE : (x + 128) // COARSE])
            if len(kinds) == 1 and cover[y : y + 128, x : x + 128].mean() > 0.98:
                tile = picture[y : y + 128, x : x + 128].reshape(64, 2, 64, 2, 3).mean((1, 3)).reshape(-1, 3)
                features.append(np.concatenate([tile.mean(0), tile.std(0)]))
                classes.append(kinds[0])
    return np.array(features), np.array(classes)


def test_the_unseen_site_looks_different():
    vectors = {name: style.matrix for name, style in SITES.items()}

    def apart(a, b):
        return np.degrees(np.arccos(np.clip((vectors[a] * vectors[b]).sum(0), -1, 1)))

    assert apart("siteC", "siteA").max() > 8
    assert apart("siteC", "siteB").max() > 8
    assert SITES["siteC"].blur > 1.5 * max(SITES["siteA"].blur, SITES["siteB"].blur)


def test_any_other_site_has_a_style_of_its_own():
    one, other = site_style(0, "clinic"), site_style(0, "hospital")
    assert one == site_style(0, "clinic")
    assert one != other
    assert np.linalg.norm(one.matrix, axis=0) == pytest.approx([1, 1])


def test_classes_differ_in_nuclear_size():
    _, raster = section("A1")
    sizes = np.bincount(raster.instance.ravel())[1:]
    medians = {name: np.median(sizes[raster.kinds == n]) * 0.25 for n, name in enumerate(CLASSES)}  # µm²
    assert medians["lymphoid"] < 35 < medians["stroma"] < medians["gland"] + 15 < 80 < medians["tumour"]
