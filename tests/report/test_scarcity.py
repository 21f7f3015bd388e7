"""Gains over the number of patients with a registered view."""

import base64

from pipeline.core.manifests.scores import Extent, Scope
from pipeline.report.answer import outcomes
from pipeline.report.entry import Entry
from pipeline.report.figures import Figures
from pipeline.report.scarcity import scarcity
from pipeline.report.strengths import strengths
from tests.report.conftest import figure, verdict

BASE = {"loss": "A", "published": "base"}
ARMS = [
    Entry("base", "no_view", "two views of the slide, A", loss="A"),
    Entry("noise", "shuffled", "TriDeNT, real IHC, shuffled (control), A", **BASE),
    *(Entry(f"real{n}", "real", "TriDeNT, real IHC, A", patients=n, restricted=n < 8, **BASE) for n in (2, 4, 8)),
    *(
        Entry(f"made{n}", "synthetic", f"TriDeNT, IHC by pix2pix from {n} patients, A", patients=n, **BASE)
        for n in (2, 4)
    ),
    Entry("few2", "synthetic", "TriDeNT, IHC by pix2pix from 2 patients, A", patients=2, restricted=True, **BASE),
]


def found(arms=ARMS):
    names = [arm.name for arm in arms]
    rows = [figure(name, "in_domain", "few/balanced_accuracy", 0.7, 0.6, 0.8, 9, task="t") for name in names]
    said = [
        verdict(name, "in_domain", 0.01 * i, -0.02, 0.05, task="t", kind="published") for i, name in enumerate(names)
    ]
    scope = Scope(metric="few/balanced_accuracy", domains={"in_domain": Extent(patients=8, tiles=90)})
    return outcomes(Figures(rows, {"t": scope}, said[1:]), arms)


def test_each_kind_of_view_is_a_line_over_its_patients():
    picture = scarcity(found())
    assert picture is not None
    assert "real real IHC: 2: +2.0 [−2.0, 5.0], 4: +3.0 [−2.0, 5.0], 8: +4.0 [−2.0, 5.0]" in picture.alt
    assert "synthetic IHC by pix2pix: 2: +5.0" in picture.alt
    page = base64.b64decode(picture.src.partition(",")[2]).decode()
    for text in ("patients with a registered view", "by a translator that saw these", "for these patients alone"):
        assert text in page, text


def test_where_all_learn_from_the_same_patients_there_is_no_picture():
    assert scarcity(found([arm for arm in ARMS if arm.patients in (None, 2)])) is None


def test_strengths_stand_side_by_side():
    weak = "TriDeNT, real IHC, A, corrected augmentation (colour 0.3, geometry 1)"
    arms = [*ARMS[:3], Entry("weak", "real", weak, loss="A, weak", published=None, patients=2, colour=0.3)]
    rows = [figure(arm.name, "in_domain", "few/balanced_accuracy", 0.7, 0.6, 0.8, 9, task="t") for arm in arms]
    scope = Scope(metric="few/balanced_accuracy", domains={"in_domain": Extent(patients=8, tiles=90)})
    said = [verdict(name, "in_domain", 0.05, 0.01, 0.09, task="t", against="noise") for name in ("real2", "weak")]
    figures = Figures(rows, {"t": scope}, said)
    (table,) = strengths(figures, arms, outcomes(figures, arms))
    assert (table.title, table.strengths) == ("t, known sites", [1.0, 0.3])
    assert table.rows == [("TriDeNT, real IHC, A", [("0.700", "+5.0 [1.0, 9.0]"), ("0.700", "+5.0 [1.0, 9.0]")])]
    assert strengths(figures, ARMS, outcomes(figures, ARMS)) == []
