from pipeline.study.study import parse_study
from pipeline.study.synthesize import jobs

from .test_need import PARAMS, SLIDES


def test_a_view_is_told_the_kinds_of_its_stains_and_nothing_that_it_does_not_read():
    study = parse_study({**PARAMS, "stains": {"IHC": {"kind": "electron"}}})
    views = {job.key: job.spec for job in jobs(study, SLIDES) if job.rule == "synthesize"}
    spec = {"seed": 0, "batch": 64, "kinds": {"source": "light", "target": "electron"}}
    assert views == {("made", "a"): spec, ("made", "b"): spec}
