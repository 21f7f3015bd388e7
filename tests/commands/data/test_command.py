import pytest
from typer.testing import CliRunner

from pipeline.commands.data.command import app, sheet_of
from pipeline.commands.data.layer import layer_of
from pipeline.commands.data.sets import SETS, find_set
from pipeline.commands.init import STUDIES
from pipeline.commands.ready_made import ReadyMade
from pipeline.core.errors import StudyError
from pipeline.study.study import load_study


def test_the_table_names_every_set():
    said = CliRunner().invoke(app, ["list"], env={"COLUMNS": "200"}).stdout
    for found in SETS.values():
        assert found.name in said
        assert found.licence in said
    assert "patients known?" in said
    narrow = CliRunner().invoke(app, ["list"], env={"COLUMNS": "80"}).stdout
    assert all(found.name in narrow for found in SETS.values())


@pytest.mark.parametrize("name", SETS)
def test_what_is_shown_is_all_that_is_known(name):
    found, said = find_set(name), " ".join(CliRunner().invoke(app, ["show", name]).stdout.split())
    told = [found.what, found.size, found.licence, found.split, *found.downloads, *found.traps, *found.unverified]
    for text in [*told, *found.layout, *found.verified, *found.sources]:
        assert " ".join(text.split()) in said


@pytest.mark.parametrize("found", SETS.values(), ids=lambda found: found.name)
def test_every_set_says_what_a_user_must_know(found):
    assert all((found.downloads, found.layout, found.traps, found.unverified, found.sources))
    assert max(map(len, sheet_of(found).splitlines())) <= 120


@pytest.mark.parametrize("found", SETS.values(), ids=lambda found: found.name)
def test_its_settings_are_those_of_a_study(found, tmp_path):
    ready = ReadyMade(STUDIES / f"{found.study}.yaml")
    ready.write(tmp_path / "params.yaml", settings=layer_of(found.settings, ready.content()))
    load_study(tmp_path / "params.yaml")


def test_its_settings_are_laid_over_a_variant(tmp_path):
    ready, found = ReadyMade(STUDIES / "synthetic-nuclei.yaml"), find_set("lizard")
    content = ready.content("paper")
    ready.write(tmp_path / "params.yaml", "paper", layer_of(found.settings, content))
    study = load_study(tmp_path / "params.yaml")
    assert study.translate["painter"].steps == 150_000
    assert study.stains["nuclei"].classes == found.settings["stains"]["nuclei"]["classes"]


def test_an_unknown_set_is_told_with_those_that_are_known():
    with pytest.raises(StudyError, match="no public data set 'nct'") as error:
        find_set("nct")
    assert "nct-crc" in error.value.fix
