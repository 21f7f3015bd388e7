"""What runs when: Snakemake decides the jobs, DVC the phases, and both agree afterwards."""

import os
import shutil

import pytest

from .conftest import jobs

pytestmark = pytest.mark.slow

TRAINING = ["pretrain plain 0", "pretrain synthetic 0", "pretrain_index"]
SCORING = ["evaluate", "evaluate_encoder plain", "evaluate_encoder synthetic"]
SLIDES = ["a-HE", "a-IHC", "b-HE", "b-IHC", "c-HE", "d-HE"]
MAKER, COMMAND = "pipeline/tile/tiles.py", "pipeline/tile/command.py"
TILING = [*(f"tile {slide}" for slide in SLIDES), "tile_index"]


def rules(jobs):
    return {job.split()[0] for job in jobs}


def settled(tree):
    """Both engines find nothing to do."""
    return tree.pending() == [] and tree.clean()


def edit(path, text):
    path.write_text(path.read_text() + text)


def test_01_snakemake_runs_everything(tree):
    ran = tree.snakemake()
    assert set(TILING + TRAINING + SCORING) <= set(ran)
    assert (tree.study / "results/report/index.html").exists()
    assert tree.pending() == []


def test_02_dvc_adopts_what_is_there(tree):
    assert tree.repro() == []
    assert settled(tree)
    tree.commit()


def test_03_adding_a_slide_tiles_and_normalises_it_alone(tree):
    tree.sheet("a", "b", "c", "d", "e")
    asked = tree.pending()
    ran = tree.repro()
    alone = ["normalize e-HE", "normalize_fit e-HE", "normalize_index", "normalize_reference"]
    for found in (asked, ran):
        assert [job for job in found if job.startswith(("tile", "normalize"))] == [*alone, "tile e-HE", "tile_index"]
    assert set(TRAINING) <= set(ran)
    assert settled(tree)


def test_04_removing_a_slide_changes_what_is_trained_on(tree):
    tree.sheet("a", "b", "c", "d")
    ran = tree.repro()
    assert [job for job in ran if job.startswith("tile")] == ["tile_index"]
    assert set(TRAINING) <= set(ran)
    assert not (tree.study / "data/tiles/e-HE.zarr").exists()
    assert settled(tree)


def test_05_a_comment_in_what_a_phase_reaches_reruns_it_and_no_later_one(tree):
    edit(tree.root / MAKER, "\n# a comment\n")
    assert tree.repro() == TILING
    assert settled(tree)
    tree.commit()


def test_05_a_comment_in_a_command_reruns_nothing(tree):
    edit(tree.root / COMMAND, "\n# a comment\n")
    assert tree.pending() == []
    assert tree.repro() == []
    assert settled(tree)
    tree.commit()


def test_06_an_experiment_reruns_from_its_phase(tree):
    ran = jobs(tree.run("dvc", "exp", "run", "-S", "pretrain.lr=0.002"))
    assert rules(ran) == {"pretrain", "pretrain_index", "evaluate_encoder", "evaluate", "report"}
    assert settled(tree)


def test_07_checkout_of_an_earlier_state_runs_nothing(tree):
    tree.run("git", "checkout", "-q", ".", where=tree.root)
    tree.run("dvc", "checkout", "-q", "--recursive", ".")
    assert tree.repro() == []
    tree.run("synpriv", "sync")
    assert settled(tree)


def test_08_touching_files_runs_nothing(tree):
    for folder in (tree.root / "pipeline", tree.root / "workflow", tree.study / "data/raw"):
        for path in folder.rglob("*"):
            os.utime(path)
    assert tree.repro() == []
    assert settled(tree)


def test_09_an_experiment_in_a_temporary_copy(tree):
    ran = jobs(tree.run("dvc", "exp", "run", "--temp", "-S", "pretrain.lr=0.003"))
    assert rules(ran) == {"pretrain", "pretrain_index", "evaluate_encoder", "evaluate", "report"}
    assert settled(tree)


@pytest.fixture(scope="module")
def clone(tree, tmp_path_factory):
    """A fresh clone of the committed state with its data pulled."""
    tree.run("dvc", "push", "-q", "--recursive", ".")
    tree.commit()
    clone = tree.clone(tmp_path_factory.mktemp("clone") / "checkout")
    for name in ("verbose", "gitconfig"):
        assert (clone.root / name).exists()
    clone.run("dvc", "pull", "-q", "--recursive", ".")
    return clone


def test_10_a_fresh_clone_with_pulled_data_runs_nothing(clone):
    assert clone.repro() == []


def test_11_a_fresh_clone_sees_a_change_of_code(clone):
    edit(clone.root / MAKER, "\n# another comment\n")
    assert clone.repro() == TILING
    assert clone.clean()


@pytest.mark.parametrize("cache", ["hardlink", "symlink"])
def test_12_and_13_slide_content_changes_and_changes_back(tree, cache):
    tree.run("dvc", "config", "cache.type", cache)
    tree.run("dvc", "checkout", "--relink", "-q", "--recursive", ".")
    slide, other = (tree.study / f"data/raw/{name}-HE.tif" for name in "ce")
    before = slide.read_bytes()
    try:
        for content in (other.read_bytes(), before):
            slide.unlink()
            slide.write_bytes(content)
            os.utime(slide, (1, 1))  # the content is new, the time is old
            ran = tree.repro()
            assert [job for job in ran if job.startswith("tile")] == ["tile c-HE", "tile_index"]
            assert set(TRAINING) <= set(ran)
            assert tree.clean()
    finally:
        tree.run("dvc", "config", "--unset", "cache.type")


def test_14_a_failed_job_leaves_the_others_done(tree):
    tree.params(lambda content: content["tile"].update(min_tissue=0.4))
    module = tree.root / COMMAND
    text = module.read_text()
    module.write_text(
        text.replace("import typer", "import sys\n\nimport typer\n\nif 'c-HE' in sys.argv:\n    sys.exit(3)\n", 1)
    )
    failed = tree.run("dvc", "repro", check=False)
    assert "exit" in failed
    done = {path.name for path in (tree.study / "data/tiles").glob("*-HE.json")}
    assert "c-HE.json" not in done
    module.write_text(text)
    ran = tree.repro()
    assert "tile c-HE" in ran
    assert settled(tree)
    shutil.rmtree(tree.root.parent / "remote")
