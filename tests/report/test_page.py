"""The page as a whole: it says what the files say, stands alone, and survives what may be missing."""

import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.core.files import read_json, write_json
from pipeline.core.job import Job
from pipeline.core.measures.figures import read_figures, write_figures
from pipeline.engine.run import run
from pipeline.report.command import app
from tests.report.conftest import INPUTS, PAGE


class Tags(HTMLParser):
    """Collects start tags and checks that they nest."""

    VOID = ("meta", "link", "img", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def rebuilt(job: Job) -> str:
    run(job)
    return PAGE.read_text()


def test_the_command_writes_page_recipe_and_manifest(study: Job) -> None:
    assert CliRunner().invoke(app, ["build", "--spec", study.to_json()], catch_exceptions=False).exit_code == 0
    manifest = read_json(study.manifest)
    assert manifest["pictures"] == PAGE.read_text().count("<img ")
    assert study.manifest.with_name("index.recipe.json").is_file()


def test_it_stands_alone(study: Job) -> None:
    parsed = Tags(PAGE.read_text())
    assert parsed.open == []
    links = [value for _, attrs in parsed.tags for name, value in attrs.items() if name in ("src", "href")]
    assert len(links) > 20
    assert all(link.startswith(("data:", "#")) for link in links)
    assert not {tag for tag, _ in parsed.tags} & {"script", "iframe", "object", "embed"}
    assert "url(" not in (style := re.search(r"<style>(.*?)</style>", PAGE.read_text(), re.DOTALL).group(1))
    assert "@import" not in style


def test_every_link_of_the_contents_has_its_section(study: Job) -> None:
    parsed = Tags(PAGE.read_text())
    ids = {attrs["id"] for _, attrs in parsed.tags if "id" in attrs}
    targets = {attrs["href"][1:] for tag, attrs in parsed.tags if tag == "a"}
    assert len(targets) >= 10
    assert targets <= ids


def test_every_picture_has_words_and_a_size(study: Job) -> None:
    pictures = [attrs for tag, attrs in Tags(PAGE.read_text()).tags if tag == "img"]
    assert len(pictures) >= 17
    assert all(len(attrs["alt"]) > 10 and int(attrs["width"]) > 0 and int(attrs["height"]) > 0 for attrs in pictures)


def test_the_same_study_gives_the_same_bytes(study: Job) -> None:
    first = PAGE.read_text()
    assert rebuilt(study) == first


def test_time_and_memory_have_a_page_of_their_own(study: Job) -> None:
    before, costs = (PAGE.read_text(), study.manifest.read_text()), Path("benchmarks/costs.html")
    assert "2 min 22 s" in costs.read_text()
    assert "2 min 22 s" not in before[0]
    shutil.rmtree("benchmarks")
    assert (rebuilt(study), study.manifest.read_text()) == before
    assert "there are no benchmark files" in costs.read_text()


def test_names_and_messages_are_escaped(study: Job) -> None:
    text = PAGE.read_text()
    assert "not a slide: &lt;b&gt;truncated&lt;/b&gt; file" in text
    assert "<b>truncated" not in text
    assert "<title>Does synthetic privileged information &lt;help&gt;?</title>" in text


def test_a_quarantined_slide_is_listed_with_stage_error_and_fix(study: Job) -> None:
    rows = re.findall(r"<tr>(<td>B2-HE</td>.*?)</tr>", PAGE.read_text())
    assert [re.sub(r"<[^>]+>", "|", row).count("|read|") for row in rows] == [1]
    assert "copy data/phantom/B2-HE.tif again" in rows[0]
    assert "<code>data/tiles/quarantine.csv</code>" in PAGE.read_text()


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("data/privileged/he2ihc", "No privileged tiles to show"),
        ("results/scores/encoders", "No embeddings to show"),
        ("models/translators/he2ihc", "Pretraining loss of every arm"),
        ("models/encoders/real", "Losses of the translators"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_shown(study: Job, gone: str, said: str) -> None:
    path = Path(gone)
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    text = rebuilt(study)
    assert said in text
    assert "+4.7 [1.2, 8.3]" in text


def test_of_a_translators_repeats_the_first_is_shown(study: Job) -> None:
    text = PAGE.read_text()
    assert text.count("<h3>he2ihc</h3>") == 1
    assert "300 steps on 72 tiles" in text
    assert "7 steps on" not in text


def test_missing_thumbnails_leave_the_gallery_out(study: Job) -> None:
    for path in Path("data/tiles").glob("*.png"):
        path.unlink()
    assert 'class="gallery"' not in rebuilt(study)


def test_without_scores_of_the_normaliser_its_pictures_stay(study: Job) -> None:
    path = Path(INPUTS["figures"])
    write_figures(path, [row for row in read_figures(path) if row.task != "normalize"])
    text = rebuilt(study)
    assert "as it was cut, after macenko to the stain of A1-HE; last, a tile of siteA to compare with" in text
    assert "How well it worked" not in text


def test_a_study_without_an_unseen_site_speaks_of_none(study: Job) -> None:
    scores, path = Path(INPUTS["scores"]), Path(INPUTS["figures"])
    summary = read_json(scores)
    del summary["tested"]["tissue"]["domains"]["unseen_site"]
    write_json(scores, summary)
    write_figures(path, [row for row in read_figures(path) if row.split != "unseen_site"])
    text = " ".join(rebuilt(study).split())
    assert "Tested were 2 patients of known sites, with 2 seeds." in text
    assert "unseen" not in text.partition("<h2>What the translators")[0]


def part(job: Job, *names: str, **spec: object) -> Job:
    """The report of a study that has these inputs alone."""
    return replace(job, inputs={name: job.inputs[name] for name in names}, spec={**job.spec, **spec})


def test_a_study_without_evaluation_shows_what_it_has(study: Job) -> None:
    job = part(study, "tiled", "normalized", "translators", "privileged", "encoders")
    text = rebuilt(job)
    assert Tags(text).open == []
    assert "it gives no answer" in text
    assert "No arm was evaluated" in text
    assert "Pretraining loss of every arm" in text
    assert "IHC (synthetic)" in text
    assert "Against real slides" not in text


def test_a_study_that_only_tiles_has_a_page(study: Job) -> None:
    tile = {name: study.spec["params"][name] for name in ("seed", "tile", "normalize")}
    job = part(study, "tiled", "normalized", params=tile, arms=[], tasks={}, rules=[["tile", "tile"]])
    text = rebuilt(job)
    assert Tags(text).open == []
    assert "The study trains no translator" in text
    assert "6 patients, 8 slides" in " ".join(text.split())
    assert " arms," not in text.partition("</header>")[0]
    assert {attrs["href"][1:] for tag, attrs in Tags(text).tags if tag == "a"} <= {
        attrs["id"] for _, attrs in Tags(text).tags if "id" in attrs
    }


def test_a_study_with_nothing_yet_has_a_page(study: Job) -> None:
    text = rebuilt(part(study, arms=[], tasks={}, rules=[]))
    assert Tags(text).open == []
    assert "0 patients" in text


def test_a_cohort_without_quarantine_says_so(study: Job) -> None:
    index = read_json(Path("data/normalized/index.json"))
    del index["members"]["B2-HE"]
    write_json(Path("data/normalized/index.json"), index)
    text = rebuilt(study)
    assert "Every slide could be used." in text
    assert "in quarantine" not in text


def test_a_large_cohort_is_folded_and_stays_small(study: Job) -> None:
    index = read_json(Path("data/normalized/index.json"))
    first = index["members"]["A1-HE"]
    index["members"] |= {f"S{i:04}": {**first, "slide": f"S{i:04}", "split": "val"} for i in range(1000)}
    write_json(Path("data/normalized/index.json"), index)
    tiled = read_json(Path("data/tiles/index.json"))
    tiled["members"] |= {name: tiled["members"]["A1-HE"] for name in index["members"] if name.startswith("S")}
    write_json(Path("data/tiles/index.json"), tiled)
    text = rebuilt(study)
    assert "<summary>1008 slides</summary>" in text
    assert text.count("<td>S0") + text.count("<td>S1") == 1000
    assert len(text) < 5_000_000
