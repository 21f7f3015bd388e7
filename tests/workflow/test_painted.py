"""A synthetic cohort, from simulated slides to an encoder that learned from what nearly untrained networks painted."""

from pathlib import Path

import pytest
import yaml

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.files import read_json
from pipeline.core.manifests.cohorts import CohortManifest, PartManifest
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.store.store import TileStore
from pipeline.engine.plan import Plan
from pipeline.engine.run import run
from pipeline.study.sheet import write_sheet

from .conftest import TINY
from .test_loaded import ANY, counted, translator

pytestmark = pytest.mark.slow

ARM = {"objective": "trident", "loss": "vicreg", "privileged": "real/nuclei", "cohorts": ["real", "more"]}
COHORT = {
    "painter": "painter",
    "masks": "maker",
    "sampler": "ddim",
    "steps": 2,
    "types": {"gland+stroma": 5, "tumour": 3},
}


def test_an_encoder_learns_from_painted_tiles(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = {
        **TINY,
        "tile": {**TINY["tile"], "phantom": {"size": 512}},
        "normalize": {"method": "none"},
        "translate": {"painter": translator("nasdm"), "maker": translator("masks")},
        "synthesize": {"gates": ANY, "cohorts": {"more": COHORT}},
        "pretrain": {**TINY["pretrain"], "batch": 8, "arms": {"painted": ARM}},
        "evaluate": {"baseline": "painted", "tasks": {"tissue": {"kind": "annotation"}}},
    }
    Path("params.yaml").write_text(yaml.safe_dump(content))
    patients = {"a": "train", "b": "train", "d": "test"}
    rows = [own.changed(split=split) for p, split in patients.items() for own in counted(p, "data/phantom")]
    write_sheet(Path("data/slides.csv"), [row for row in rows if row.stain != "IHC"])
    for job in Plan.here().jobs.values():
        if job.phase not in ("evaluate", "report"):
            run(job)
    made = CohortManifest.read(Path("data/synthetic/more/index.json"))
    assert made.tiles == 8
    assert {name: count.asked for name, count in made.counts.items()} == {
        "gland": 5,
        "lymphoid": 0,
        "stroma": 5,
        "tumour": 3,
    }
    assert read_json(Path("data/synthetic/index.json"))["members"].keys() == {"more"}
    part = PartManifest.read(Path("data/synthetic/more/part-000.json"))
    assert len({tile.tobytes() for tile in TileStore(part.tissue.store).images()}) == 8
    real = Cohort.read(Path("data/normalized/index.json")).paired(source="HE", target="nuclei", split="train")
    learned = EncoderManifest.read(Path("models/encoders/painted/0.json"))
    assert learned.tiles == sum(slide.tiles for slide, _ in real) + 8
    assert learned.patients == ("a", "b")
    before = part.tissue.digests, part.masks.digests
    run(Plan.here().job("synthesize_part", "more", "part-000"))
    again = PartManifest.read(Path("data/synthetic/more/part-000.json"))
    assert (again.tissue.digests, again.masks.digests) == before
