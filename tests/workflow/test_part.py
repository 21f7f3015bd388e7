"""A study may be a part: slides of one stain without labels, to be tiled, normalised and learned from."""

import json

import pytest
import yaml

from .conftest import TINY

pytestmark = pytest.mark.slow

PART = {
    **{key: TINY[key] for key in ("seed", "folds", "stains", "tile", "normalize", "report")},
    "translate": None,
    "synthesize": None,
    "pretrain": {**TINY["pretrain"], "arms": {"plain": TINY["pretrain"]["arms"]["plain"]}},
    "segment": None,
    "evaluate": {"tasks": {}},
}
MADE = ["evaluate", "normalize_index", "pretrain plain 0", "pretrain_index", "report", "segment_index", "tile_index"]


@pytest.fixture(scope="module")
def part(tree):
    """A study of the H&E slides alone, without any task."""
    (tree.study / "params.yaml").write_text(yaml.safe_dump(PART))
    sheet = tree.study / "data/slides.csv"
    lines = sheet.read_text().splitlines()
    sheet.write_text("\n".join(line for line in lines if "-IHC" not in line) + "\n")
    return tree


def test_dvc_runs_what_there_is(part):
    ran = part.repro()
    assert set(MADE) <= set(ran)
    assert not {job.split()[0] for job in ran} & {"translate", "synthesize", "evaluate_encoder", "evaluate_translator"}
    assert part.clean()
    assert json.loads((part.study / "results/metrics.json").read_text()) == {}


def test_snakemake_finds_nothing_left(part):
    assert part.pending() == []


def test_what_there_is_can_be_shown_and_pushed(part):
    part.commit()
    part.run("dvc", "metrics", "show")
    part.run("dvc", "plots", "show")
    part.run("dvc", "push", "-q", "--recursive", ".")
