import os
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.commands import init as module
from pipeline.commands import tracking
from pipeline.commands.data.sets import nct_crc
from pipeline.commands.init import ROOT, app
from pipeline.commands.tracking import IGNORED
from pipeline.core.errors import SheetError, StudyError
from pipeline.engine.plan import Plan
from pipeline.study.sheet import read_sheet

STAGES = """\
# one stage per phase
vars:  # where the code lies
  - code: .
stages:
  tile:
    desc: Slides into tiles
    cmd: '"${code}/workflow/phase.sh" tile'
    deps:
      - data/slides.csv
      # the code
      - ${code}/pipeline/tile
    params: [seed, tile]
    outs:
      - data/phantom: {persist: true}
      - data/tiles: {persist: true}  # stores
"""


def init(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A checkout of its own: the ready-made studies and a short dvc.yaml."""
    checkout = tmp_path / "the code"
    (checkout / ".dvc/plots").mkdir(parents=True)
    (checkout / ".dvc/plots/gains.json").write_text("{}")
    (checkout / "dvc.yaml").write_text(STAGES)
    (checkout / ".dvcignore").write_text("*.partial\n")
    (checkout / ".dvc/config").write_text("[core]\n    analytics = false\n")
    (checkout / "workflow").symlink_to(ROOT / "workflow")
    (checkout / "pipeline/tile").mkdir(parents=True)
    monkeypatch.setattr(module, "ROOT", checkout)
    monkeypatch.setattr(tracking, "ROOT", checkout)
    monkeypatch.setattr(module, "STUDIES", checkout / "workflow/studies")
    return checkout


def test_only_the_place_of_the_code_differs(root, tmp_path):
    init(tmp_path / "study", "--study", "privileged")
    assert (tmp_path / "study/dvc.yaml").read_text() == STAGES.replace("code: .", f"code: {root}")
    init(root / "studies/a", "--study", "privileged")
    assert (root / "studies/a/dvc.yaml").read_text() == STAGES.replace("code: .", "code: ../..")


def test_slides_that_are_not_simulated_are_a_dependency(root, tmp_path):
    (tmp_path / "study/raw").mkdir(parents=True)
    (tmp_path / "study/raw/a.svs").touch()
    init(tmp_path / "study", "--slides", tmp_path / "study/raw")
    changed = STAGES.replace("code: .", f"code: {root}").replace("      - data/phantom: {persist: true}\n", "")
    assert (tmp_path / "study/dvc.yaml").read_text() == changed.replace(
        "pipeline/tile\n", "pipeline/tile\n      - raw\n"
    )


def test_dvc_reads_what_was_written(root, tmp_path):
    init(tmp_path / "study", "--study", "privileged")
    found = subprocess.run(
        ["dvc", "repro", "--dry", "tile"], cwd=tmp_path / "study", capture_output=True, text=True, check=False
    )
    assert f'> "{root}/workflow/phase.sh" tile' in found.stdout, found.stderr


def test_what_was_written_and_what_comes_next_is_told(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("raw").mkdir()
    Path("raw/a.svs").touch()
    lines = init("my study", "--slides", "raw").stdout.splitlines()
    assert lines[0] == "A new study in my study:"
    assert [line.split()[0] for line in lines[1:4]] == ["params.yaml", "data/slides.csv", "dvc.yaml"]
    assert lines[2].endswith("1 slides found in raw")
    commands = [shlex.split(line, comments=True) for line in lines[5:]]
    assert commands == [
        ["cd", "my study"],
        ["synpriv", "check"],
        ["snakemake", "--snakefile", f"{root}/Snakefile", "--cores", "all"],
    ]


def test_a_simulated_study_is_ready_to_run(tmp_path, monkeypatch):
    init(tmp_path / "study", "--study", "privileged")
    monkeypatch.chdir(tmp_path / "study")
    assert Plan.here().jobs
    written = yaml.safe_load((tmp_path / "study/dvc.yaml").read_text())
    assert {"code": str(ROOT)} in written["vars"]
    assert written["stages"].keys() == yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].keys()
    assert {"data/phantom": {"persist": True}} in written["stages"]["tile"]["outs"]


def test_own_slides_are_listed_and_watched(root, tmp_path, monkeypatch):
    (tmp_path / "study/raw").mkdir(parents=True)
    (tmp_path / "study/raw/a.svs").write_bytes(b"x")
    init(tmp_path / "study", "--slides", tmp_path / "study/raw")
    stage = yaml.safe_load((tmp_path / "study/dvc.yaml").read_text())["stages"]["tile"]
    assert "raw" in stage["deps"]
    assert stage["outs"] == [{"data/tiles": {"persist": True}}]
    assert "raw/a.svs" in (tmp_path / "study/data/slides.csv").read_text()


def test_a_study_is_never_overwritten(root, tmp_path):
    init(tmp_path, "--study", "privileged")
    with pytest.raises(StudyError, match=r"a params\.yaml already"):
        init(tmp_path, "--study", "privileged")


@pytest.mark.parametrize("name", ["dvc.yaml", "data/slides.csv"])
def test_files_of_the_user_are_never_overwritten(root, tmp_path, name):
    (tmp_path / "data").mkdir()
    (tmp_path / name).write_text("mine")
    with pytest.raises(StudyError, match="already"):
        init(tmp_path, "--study", "privileged")
    assert (tmp_path / name).read_text() == "mine"
    assert not (tmp_path / "params.yaml").exists()


def test_the_users_gitignore_is_kept(root, tmp_path):
    (tmp_path / ".gitignore").write_text("/mine/\n/logs/")
    (tmp_path / ".dvc").mkdir()
    init(tmp_path, "--study", "privileged")
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert lines[:2] == ["/mine/", "/logs/"]
    assert set(IGNORED) <= set(lines)
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize(("study", "unit"), [("he-mihc", "regions of at most eight slides"), ("slides", "patients")])
def test_the_regions_of_he_mihc_are_called_what_they_are(root, tmp_path, study, unit):
    for folder in ("trainA", "trainB"):
        (tmp_path / "crops" / folder).mkdir(parents=True)
        (tmp_path / "crops" / folder / "7[1,2].png").touch()
    init(tmp_path / "study", "--study", study, "--slides", tmp_path / "crops")
    slides = read_sheet(tmp_path / "study/data/slides.csv", seed=0, test_share=0.5)
    assert {name: slide.unit for name, slide in slides.items()} == {"1_2-HE": unit, "1_2-mIHC": unit}


def test_plots_are_of_every_fold(root, tmp_path, monkeypatch):
    plots = (
        "plots:\n  - losses: {y: {models/encoders/history.csv: value}}\n  - gains: {y: {results/figures.csv: arm}}\n"
    )
    (root / "dvc.yaml").write_text(STAGES.replace("stages:", plots + "stages:"))
    (root / "own").mkdir()
    text = (ROOT / "workflow/studies/privileged.yaml").read_text()
    for name, folds in (("whole", ""), ("parted", "2")):
        (root / f"own/{name}.yaml").write_text(text.replace("folds:\n", f"folds: {folds}\n"))
        (root / f"own/{name}.csv").write_bytes((ROOT / "workflow/studies/privileged.csv").read_bytes())
    monkeypatch.setattr(module, "STUDIES", root / "own")
    init(tmp_path / "whole", "--study", "whole")
    assert plots in (tmp_path / "whole/dvc.yaml").read_text()
    init(tmp_path / "parted", "--study", "parted")
    losses, gains = yaml.safe_load((tmp_path / "parted/dvc.yaml").read_text())["plots"]
    assert losses["losses"]["y"] == {f"models/encoders/fold-{n}/history.csv": "value" for n in (0, 1)}
    assert gains["gains"]["y"] == {"results/figures.csv": "arm"}


def test_a_variant_is_laid_over_the_study_and_told(root, tmp_path):
    told = init(tmp_path / "study", "--study", "sensitivity", "--variant", "fine").stdout.splitlines()
    assert told[1].endswith("sensitivity.yaml, variant fine; other variants: vahadane, raw, wide, long")
    content = yaml.safe_load((tmp_path / "study/params.yaml").read_text())
    assert "variants" not in content
    assert (content["tile"]["mpp"], content["tile"]["size"]) == (0.5, 128)


def test_a_study_as_it_stands_names_its_variants(root, tmp_path):
    told = init(tmp_path / "study", "--study", "sensitivity").stdout.splitlines()
    assert told[1].endswith("sensitivity.yaml as it stands; its variants: vahadane, raw, fine, wide, long")


def test_nothing_is_written_of_a_variant_that_needs_slides(tmp_path):
    with pytest.raises(StudyError, match="variant 'paper' of study 'diffusion' needs slides"):
        init(tmp_path / "study", "--study", "diffusion", "--variant", "paper")
    assert not (tmp_path / "study").exists()


def test_a_variant_of_own_slides_simulates_none(root, tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.svs").touch()
    init(tmp_path / "study", "--study", "diffusion", "--variant", "paper", "--slides", tmp_path / "raw")
    assert "phantom" not in yaml.safe_load((tmp_path / "study/params.yaml").read_text())["tile"]
    assert "data/phantom" not in (tmp_path / "study/dvc.yaml").read_text()


def test_an_unknown_study_lists_the_known(tmp_path):
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "--study", "nope")
    assert "he-mihc" in error.value.fix


def test_a_study_of_slides_needs_slides(tmp_path):
    with pytest.raises(StudyError, match="needs slides"):
        init(tmp_path / "study")


def test_what_fails_half_way_leaves_nothing_new(root, tmp_path, monkeypatch):
    (tmp_path / "old/data").mkdir(parents=True)
    (tmp_path / "old/data/mine").touch()
    (tmp_path / "old/.gitignore").write_text("/mine/\n")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_tracking", fail)
    for folder in ("a/b/new", "old"):
        with pytest.raises(OSError, match="No space"):
            init(tmp_path / folder, "--study", "privileged")
    assert not (tmp_path / "a").exists()
    assert sorted(p.relative_to(tmp_path / "old").as_posix() for p in (tmp_path / "old").rglob("*")) == [
        ".gitignore",
        "data",
        "data/mine",
    ]


def test_names_that_are_not_of_utf_8_are_refused(root, tmp_path):
    place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/raw/\xff"))
    place.mkdir(parents=True)
    (place / "a.svs").touch()
    with pytest.raises(SheetError, match=r"udcff/a\.svs' is not of characters of UTF-8"):
        init(tmp_path / "study", "--slides", tmp_path / "raw")
    assert not (tmp_path / "study").exists()


def test_a_study_that_does_not_suit_a_data_set_is_refused(root, tmp_path, monkeypatch):
    monkeypatch.setattr(nct_crc, "PARTS", {"CRC-VAL-HE-7K": ("test", 9)})
    for label in nct_crc.CLASSES:
        (tmp_path / "raw/CRC-VAL-HE-7K" / label).mkdir(parents=True)
        (tmp_path / "raw/CRC-VAL-HE-7K" / label / f"{label}-A.tif").touch()
    more = ("--data", "nct-crc", "--slides", tmp_path / "raw")
    with pytest.raises(StudyError, match="'diffusion' does not suit the tiles and stains of nct-crc") as error:
        init(tmp_path / "study", "--study", "diffusion", *more)
    assert "'classes'" in error.value.fix
    assert str(tmp_path / "study") not in str(error.value)
    assert not (tmp_path / "study").exists()
    init(tmp_path / "study", *more)
    assert (tmp_path / "study/data/lists/CRC-VAL-HE-7K-ADI.txt").is_file()
    assert "/data/lists/" in (tmp_path / "study/.gitignore").read_text().splitlines()
