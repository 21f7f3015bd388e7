from pathlib import Path

import numpy as np
import pytest

from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.measures.interval import replicate
from pipeline.core.measures.pools import load_scores
from pipeline.core.store.store import write_store
from pipeline.evaluate.normalization_score import score_normalization
from tests.evaluate.conftest import make_job, write_manifest

SIDE = 12


def write_index(phase, members):
    content = {name: member.model_dump(mode="json") for name, member in members.items()}
    write_manifest(f"data/{phase}/index.json", IndexManifest(members=content))


def values(manifest, domain="all"):
    """Metric to what was measured."""
    found = {}
    for score in (score for score in load_scores(manifest) if score.domain == domain):
        assert score.task == "normalize"
        measured = replicate(score.pool, len(score.patients))
        found |= {score.metric(name): value[0, 0] for name, value in measured.items()}
    return found


def test_before_and_after(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiled, normalized = {}, {}
    for slide, level, site in (("one", 100, "A"), ("two", 200, "B")):
        facts = {"slide": slide, "patient": slide, "site": site, "stain": "HE", "split": "train", "tiles": 2}
        stores = {phase: Path(f"data/{phase}/{slide}.zarr") for phase in ("tiles", "normalized")}
        for phase, grey in (("tiles", level), ("normalized", 150)):
            images = np.full((2, SIDE, SIDE, 3), grey, np.uint8)
            write_store(stores[phase], [images], {"xy": np.zeros((2, 2), np.int64)}, {}, size=SIDE)
        truth = {"stain_matrix": [[1, 0], [1, 1], [0, 0]]} if slide == "one" else None
        fit = {"matrix": [[1, 0], [0, 1], [0, 0]], "fallback": False}
        tiled[slide] = TileManifest(store=stores["tiles"], **facts)
        normalized[slide] = NormalizedManifest(
            store=stores["normalized"], normalized=True, stain_fit=fit, truth=truth, reference="one", **facts
        )
    write_index("tiles", tiled)
    write_index("normalized", normalized)
    manifest = score_normalization(make_job("normalization"))
    assert manifest.subject == "macenko"
    assert [(record.name, record.n, record.patients) for record in manifest.records] == [
        ("stain_error_degrees", 1, 1), ("stain_error_degrees", 1, 1), ("colour_before", 2, 2),
        ("colour_gap_before", 2, 2), ("colour_after", 2, 2), ("colour_gap_after", 2, 2), ("", 2, 2),
        ("colour_distance", 2, 2), ("frechet", 2, 2),
    ]  # fmt: skip
    found = values(manifest)
    assert found["stain_error_degrees/haematoxylin"] == pytest.approx(45)
    assert found["stain_error_degrees/second"] == pytest.approx(0, abs=1e-5)
    assert found["stain_error_degrees/largest"] == pytest.approx(45)
    lightness = {grey: 116 * ((grey / 255 + 0.055) / 1.055) ** (2.4 / 3) - 16 for grey in (100, 150, 200)}  # of CIELAB
    assert found["colour_after/dispersion"] == found["colour_gap_after/A-B"] == 0
    assert found["colour_before/dispersion"] == pytest.approx((lightness[200] - lightness[100]) / 2, abs=1e-3)
    assert found["colour_gap_before/A-B"] == pytest.approx(lightness[200] - lightness[100], abs=1e-3)
    assert found["colour_distance/before"] == pytest.approx(lightness[200] - lightness[100], abs=1e-3)
    assert found["colour_distance/after"] == pytest.approx(lightness[150] - lightness[100], abs=1e-3)
    grey, c1 = {level: level / 255 for level in lightness}, 1e-4
    light = [(2 * grey[a] * grey[150] + c1) / (grey[a] ** 2 + grey[150] ** 2 + c1) for a in (100, 200)]
    assert found["ssim"] == pytest.approx(np.mean(light), abs=1e-6)


def test_nothing_normalised(study):
    write_index("tiles", {})
    assert score_normalization(make_job("normalization")).records == ()
