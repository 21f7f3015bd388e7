"""The worked example: its commands, as they stand on the page and in its order, do what it promises."""

import re
from dataclasses import dataclass
from html import unescape

import pytest

from .conftest import ROOT, Tree, checkout

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/example.md").read_text()
STUDY = "my-study"
REPORT = "results/report/index.html"
TRAINED = ("no_view", "own_view", "real", "generated")
GAIN = r"[+−]\d+\.\d \[[+−]?\d+\.\d, [+−]?\d+\.\d\]"
LARGEST = 150_000  # bytes of a picture


@dataclass(frozen=True)
class Step:
    """A block of commands, what it printed, the products that are there after it and when they were written."""

    block: str
    said: str
    written: dict[str, int]
    report: str


def follow(tree: Tree, block: str) -> Step:
    """Runs a block as a reader who pastes it."""
    said = tree.run("bash", "-euo", "pipefail", "-c", block, where=tree.root)
    study = tree.root / STUDY
    page = study / REPORT
    found = [path for folder in ("data", "models", "results") for path in (study / folder).rglob("*.json")]
    own = [path for path in found if ".zarr" not in str(path)]
    written = {path.relative_to(study).as_posix(): path.stat().st_mtime_ns for path in own}
    return Step(block, said, written, page.read_text() if page.is_file() else "")


def fenced(kind: str) -> list[str]:
    """The page's blocks of a kind, in order: commands, or what they print."""
    return [body for name, body in re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) if name == kind]


def counted(text: str) -> dict[str, int]:
    """Rule to number of jobs, of a table of Snakemake's."""
    return {name: int(count) for name, count in re.findall(r"^ *([a-z][a-z ]*[a-z]) +(\d+) *$", text, re.MULTILINE)}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A fresh checkout, as git makes one."""
    tree = checkout(tmp_path_factory.mktemp("example") / "checkout")
    tree.run("git", "init", "-q", where=tree.root)
    tree.commit("a checkout")
    return tree


@pytest.fixture(scope="module")
def steps(tree: Tree) -> list[Step]:
    """The page, followed from its first block to its last."""
    return [follow(tree, block) for block in fenced("bash")]


def having(steps: list[Step], words: str) -> Step:
    """The only step with these words among its commands."""
    (found,) = (step for step in steps if words in step.block)
    return found


def runs(steps: list[Step]) -> list[Step]:
    """The steps that bring the whole study up to date."""
    return [step for step in steps if step.block.endswith("--profile profiles/local\n")]


def test_the_study_starts_from_files(tree: Tree, steps: list[Step]) -> None:
    files = [path.name for path in (tree.root / "my-slides").iterdir()]
    endings = ("-HE.tif", "-IHC.tif", "-HE.geojson")
    assert [sum(name.endswith(ending) for name in files) for ending in endings] == [9, 5, 9]
    assert len(files) == 23
    assert "phantom" not in (tree.root / STUDY / "params.yaml").read_text()
    assert "phantom" not in (tree.root / STUDY / "data/slides.csv").read_text()
    assert not (tree.root / STUDY / "data/phantom").exists()
    assert "14 slides found in my-slides" in having(steps, "synpriv init").said


def test_all_slides_are_fit(steps: list[Step]) -> None:
    (row,) = re.findall(r"│ all .*", having(steps, "synpriv check").said)
    assert re.findall(r"\d+", row)[:3] == ["9", "14", "14"]
    assert row.split("│")[4:7] == next(r for r in fenced("")[2].splitlines() if "all" in r).split("│")[4:7]


def test_one_phase_is_run_and_looked_at(tree: Tree, steps: list[Step]) -> None:
    made = having(steps, "tile_all").written
    assert {name.split("/")[1] for name in made} == {"tiles"}
    assert "data/tiles/A1-HE.json" in made
    assert (tree.root / STUDY / "data/tiles/A1-HE.png").is_file()


def test_the_translator_is_looked_at_before_encoders_learn_from_it(tree: Tree, steps: list[Step]) -> None:
    assert not any("encoders" in name for name in having(steps, "synthesize_all").written)
    samples = tree.root / STUDY / "models/translators/he2ihc/0/samples"
    assert [path.stem for path in sorted(samples.iterdir())] == [f"step_000{n}00" for n in (1, 2, 3)]
    told = having(steps, "gate in").said.splitlines()
    assert [line.split()[0] for line in told] == ["agreement", "cycle_jump", "nuclei"]
    assert ["'passed': True" in line for line in told] == [True, False, True]
    assert re.findall(r"'patients': \d", "".join(told)) == ["'patients': 1", "'patients': 0", "'patients': 3"]


def test_what_would_run_is_what_the_page_shows(steps: list[Step]) -> None:
    shown = [counted(block) for block in fenced("") if " total " in block]
    printed = [counted(step.said) for step in steps if " -n " in step.block]
    assert len(shown) == len(printed) == 2
    assert all(table.items() <= full.items() for table, full in zip(shown, printed, strict=True))


def test_the_report_answers_in_the_words_of_the_page(steps: list[Step]) -> None:
    quoted = [" ".join(re.findall(r"> (.*)", part)) for part in re.findall(r"(?:^> .*\n)+", PAGE, re.MULTILINE)]
    reports = [" ".join(unescape(step.report).split()) for step in runs(steps)]
    assert len(quoted) == len(reports) == 2
    assert all(sentence in page for sentence, page in zip(quoted, reports, strict=True))
    for page in reports:
        rows = re.findall(rf'<tr><th scope="row">generated</th><td>0\.\d+</td><td>{GAIN}</td>(.*?)</tr>', page)
        assert len(rows) == 2  # known sites, and the unseen one
        assert all("own_view" in row and "too few to say" in row and re.search(GAIN, row) for row in rows)


def test_another_seed_trains_one_encoder_of_each_arm_and_nothing_else(steps: list[Step]) -> None:
    *_, before, after = steps
    changed = {name for name, date in after.written.items() if before.written.get(name) != date}
    trained = {name for name in changed if re.fullmatch(r"models/encoders/\w+/\d\.json", name)}
    assert trained == {f"models/encoders/{arm}/2.json" for arm in TRAINED}
    scored = {name for name in changed if re.fullmatch(r"results/scores/encoders/\w+\.json", name)}
    assert scored == {f"results/scores/encoders/{arm}.json" for arm in TRAINED}
    assert all(name.startswith(("models/encoders/", "results/")) for name in changed)


def test_its_pictures_are_there_and_small() -> None:
    named = re.findall(r"!\[.+\]\((.+)\)", PAGE)
    assert len(named) == 3
    assert all(0 < (ROOT / "docs" / name).stat().st_size < LARGEST for name in named)


def test_it_names_no_place_of_a_machine() -> None:
    assert not re.search(r"(?<![\w.])/(?:home|tmp|work|root|Users)/", PAGE)
