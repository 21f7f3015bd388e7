"""Segmenters on the page: figures by arm and class, gains, charts of shares, tiles with outlines."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.files import read_json, write_json
from pipeline.core.job import Job
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.scores import Extent, Scope, ScoreFile, SummaryManifest
from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.core.measures.figures import read_figures, write_figures
from pipeline.report.context import gather
from pipeline.report.entry import SegmenterEntry
from pipeline.report.figures import Figures
from pipeline.report.render import render
from pipeline.report.segmenters import segmented
from pipeline.report.shares import shares

from .conftest import INPUTS, figure, verdict

ARMS = {  # name: role, shares, Dice
    "real": ("real", {"real": 1.0}, 0.8),
    "few": ("real", {"real": 0.25}, 0.7),
    "added": ("synthetic", {"real": 0.25, "more": 0.75}, 0.78),
    "half": ("synthetic", {"real": 0.5, "more": 0.5}, 0.79),
    "painted": ("synthetic", {"more": 1.0}, 0.75),
    "hover": ("real", {"real": 1.0}, 0.82),
}
ENTRIES = [
    SegmenterEntry(name, role, f"text of {name}", train, "HoVer-Net" if name == "hover" else "U-Net")
    for name, (role, train, _) in ARMS.items()
]
DOMAINS = {"in_domain": Extent(patients=3, tiles=90), "unseen_site": Extent(patients=2, tiles=60)}


def row(arm, domain, metric, value):
    return figure(arm, domain, metric, value, value - 0.05, value + 0.05, 90, task="segment")


def rows():
    found = []
    for arm, (_, _, dice) in ARMS.items():
        for domain in DOMAINS:
            found += [
                row(arm, domain, "dice", dice),
                row(arm, domain, "dice/wide", dice / 2),
                row(arm, domain, "aji", 0.4),
            ]
    return found


def said(arm, domain="in_domain", against="real", **how):
    role = ARMS[arm][0]
    return verdict(arm, domain, -0.02, -0.1, 0.06, task="segment", kind="named", against=against, role=role, **how)


def summary(verdicts=(), **members):
    scope = {"segment": Scope(metric="dice", domains=DOMAINS)}
    return SummaryManifest(
        members={f"segmenters/{name}": ScoreFile(scores=path, digest="") for name, path in members.items()},
        unit="rats", tested={}, segmented=scope, verdicts=tuple(verdicts), digests={},
        figures=Path(INPUTS["figures"]), metrics=Path("results/metrics.json"),
    )  # fmt: skip


def trained(arm="real"):
    folder = Path(f"models/segmenters/{arm}/0")
    stains = {"labels": "nuclei", "images": "HE", "reads": "HE"}
    return SegmenterManifest(
        arm=arm, seed=0, method="unet", classes=("round", "wide"), learned={"real": 5}, real=5, patients=("A1",),
        tiles=5, steps=7, weights={}, configs={}, history=folder / "history.csv", folder=folder, **stains,
    )  # fmt: skip


def section(verdicts=(), arms=ENTRIES, **members):
    own = summary(verdicts, **members)
    return segmented(arms, {"real/0": trained()}, Figures(rows(), {}, own.verdicts), own, "real")


def test_a_study_without_segmenters_has_no_section():
    assert section(arms=[]) is None


def test_a_table_has_dice_gain_and_classes():
    table, other = section([said("few", said="worse")]).tables
    assert (table.title, other.title) == ("known sites", "unseen site")
    assert table.heads == ["Dice", "gain over real", "AJI", "wide"]
    assert table.groups == [("All classes", 3), ("Dice by class", 1)]
    found = {own.arm.name: own.cells for own in table.rows}
    assert list(found) == list(ARMS)
    assert [cell.value for cell in found["few"]] == ["0.700", "−2.0", "0.400", "0.350"]
    assert found["few"][1].below == ("[−10.0, 6.0]", "worse")
    assert found["few"][1].mark == "worse"
    assert found["real"][1].value == ""
    assert found["real"][0].below == ("[0.750, 0.850]",)


def test_many_classes_have_a_table_of_their_own():
    names = ("round", "wide", "thin")
    others = [row(arm, "in_domain", f"dice/{name}", 0.3) for arm in ARMS for name in ("round", "thin")]
    own = {"real/0": trained().model_copy(update={"classes": names})}
    found = segmented(ENTRIES, own, Figures([*rows(), *others]), summary(), "real")
    assert [table.title for table in found.tables[:2]] == ["known sites", "known sites, by class"]
    assert found.tables[0].groups == [("All classes", 3)]
    assert found.tables[1].heads == ["round", "wide", "thin"]
    by_arm = {row.arm.name: [cell.value for cell in row.cells] for row in found.tables[1].rows}
    assert by_arm["few"] == ["0.300", "0.350", "0.300"]


def test_every_comparison_is_listed():
    (told,) = section([said("few"), said("added", against="few")]).comparisons
    assert told[0] == "known sites"
    assert [(arm, line.over, line.amount) for arm, line in told[1]] == [
        ("few", "real", "−2.0 [−10.0, 6.0]"), ("added", "few", "−2.0 [−10.0, 6.0]"),
    ]  # fmt: skip


def test_the_lead_tells_the_baseline_and_whom_it_was_tested_on():
    first, *more = section().lead
    assert first == (
        "“real” reaches a Dice of 0.800 [0.750, 0.850] on known sites and 0.800 [0.750, 0.850] on an unseen site; "
        "tested were 3 rats of known sites and 2 rats of an unseen site."
    )
    assert more == []


def test_the_lead_counts_what_arms_with_made_pictures_come_to():
    outcomes = {"added": "better", "painted": "no difference shown", "hover": "worse"}
    verdicts = [said(arm, said=outcome) for arm, outcome in outcomes.items()]
    assert section(verdicts).lead[1] == (
        "Beside it, segmenters that see pictures that were made: better in 1, no difference shown in 1 of 2 "
        "comparisons."
    )


def test_of_too_few_nothing_is_said():
    assert section([said("added", said="too few to say")]).lead[1] == (
        "Too few to say whether pictures that were made help: at most 8 rats were tested in one place and 5 segmenters "
        "trained of each kind."
    )


def test_what_was_not_scored_is_not_told():
    found = segmented(ENTRIES, {}, Figures(), None, "real")
    assert (found.lead, found.tables, found.strips, found.count) == ([], [], [], 6)


def test_a_dice_that_is_not_defined_is_said_to_be_none():
    """Of test patients without a nucleus."""
    nan = float("nan")
    known = [figure(arm, "in_domain", "dice", nan, nan, nan, 90, task="segment") for arm in ARMS]
    scope = {"segment": Scope(metric="dice", domains={"in_domain": DOMAINS["in_domain"]})}
    own = summary().model_copy(update={"segmented": scope})
    found = segmented(ENTRIES, {"real/0": trained()}, Figures(known), own, "real")
    assert found.lead == [
        "“real” has no Dice, for test tiles have no labels and it found nothing; tested were 3 rats of known sites."
    ]
    (table,) = found.tables
    assert {row.cells[0].value for row in table.rows} == {"–"}
    assert found.comparisons == []


def write_shown(path, found=True):
    tile = np.full((3, 16, 16, 3), 200, np.uint8)
    mask = np.zeros((3, 16, 16), np.uint8)
    mask[:, 4:8, 4:8] = 2
    instance = (mask > 0).astype(np.uint32)
    arrays = {"image": tile, "mask": mask, "instance": instance, "found_mask": mask, "found_instance": instance}
    named = {**arrays, "dice": np.array([0.9, 0.5, 0.1]), "slide": np.array(["a", "b", "c"]), "row": np.arange(3)}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **({f"shown/{name}": value for name, value in named.items()} if found else {"other": mask}))
    return path


def test_three_tiles_of_an_arm_stand_side_by_side(tmp_path):
    found = section(real=write_shown(tmp_path / "real.npz"), few=write_shown(tmp_path / "few.npz", found=False))
    ((name, picture),) = found.strips
    assert name == "real"
    assert picture.alt == "Best, median and worst test tile of real (Dice 0.90, 0.50, 0.10): image, labels, found"
    assert picture.width == 9 * (106 + 4) - 4
    assert found.legend == [("#0072b2", "round"), ("#e69f00", "wide")]


def test_arms_that_differ_in_painted_tiles_alone_are_drawn():
    chart = shares(Figures(rows()), ENTRIES, "in_domain")
    assert "painted tiles added, U-Net: more to 0.25 real: 0: 0.700, 0.75: 0.780" in chart.alt
    assert "U-Net: more, 1 in all: 0: 0.800, 0.5: 0.790, 0.75: 0.780, 1: 0.750" in chart.alt
    assert "HoVer-Net" not in chart.alt


def test_without_painted_tiles_there_is_no_chart():
    real = [entry for entry in ENTRIES if entry.role == "real"]
    assert shares(Figures(rows()), real, "in_domain") is None
    assert section(arms=real).charts == []


def with_segmenters(study: Job) -> Job:
    """The study of the conftest, with segmenters beside its encoders."""
    summed = read_json(Path(INPUTS["scores"]))
    own = summary([said("added", said="better")], real=write_shown(Path("results/scores/segmenters/real.npz")))
    for key in ("segmented", "verdicts", "members"):
        extra = own.model_dump(mode="json")[key]
        summed[key] = [*summed[key], *extra] if isinstance(extra, list) else {**summed.get(key, {}), **extra}
    write_json(Path(INPUTS["scores"]), summed)
    write_figures(Path(INPUTS["figures"]), [*read_figures(Path(INPUTS["figures"])), *rows()])
    index = Path("models/segmenters/index.json")
    members = {"real/0": trained().model_dump(mode="json")}
    write_json(index, IndexManifest(members=members).model_dump(mode="json"))
    spec = {**study.spec, "segmenters": [vars(entry) for entry in ENTRIES]}
    spec["params"] = {**spec["params"], "segment": {"baseline": "real"}}
    return replace(study, spec=spec, inputs={**study.inputs, "segmenters": index})


def test_the_page_has_a_section_of_them_where_there_are_some(study: Job):
    assert 'id="segmenters"' not in render("page", gather(study))
    said_of_both = render("page", gather(with_segmenters(study)))
    assert 'id="segmenters"' in said_of_both
    assert '<a href="#segmenters">' in said_of_both
    assert "An encoder is trained without labels" in said_of_both
    assert "+4.7 [1.2, 8.3]" in said_of_both  # what was said of encoders is said still
    assert said_of_both.count('class="lead"') == 1
    assert "; 6 segmenters." in said_of_both


def test_a_study_of_segmenters_alone_asks_its_own_question(study: Job):
    job = with_segmenters(study)
    figures = [row for row in read_figures(job.inputs["figures"]) if row.task == "segment"]
    write_figures(job.inputs["figures"], figures)
    summed = read_json(job.inputs["scores"])
    write_json(job.inputs["scores"], {**summed, "tested": {}})
    inputs = {name: path for name, path in job.inputs.items() if name != "encoders"}
    page = render("page", gather(replace(job, spec={**job.spec, "arms": []}, inputs=inputs)))
    assert "A segmenter learns from tiles whose objects are labelled." in page
    assert "An encoder is trained without labels" not in page
    assert '<p class="lead">“real” reaches a Dice of' in page
    assert "#arms" not in page  # no section that only says that it is empty
    assert "No arm was evaluated" not in page


@pytest.mark.parametrize("fold", ["", "fold-0"])
def test_tiles_are_those_of_the_first_fold(tmp_path, fold):
    name = f"{fold}/real" if fold else "real"
    own = summary((), **{name: write_shown(tmp_path / "real.npz")})
    found = segmented(ENTRIES, {}, Figures(rows()), own, "real", fold)
    assert [name for name, _ in found.strips] == ["real"]
