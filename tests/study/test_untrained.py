"""Which encoders are trained."""

from pipeline.study.pretrain import jobs
from pipeline.study.study import parse_study

from .test_need import SLIDES

ARMS = {"floor": {"objective": "untrained"}, "plain": {"objective": "unprivileged", "loss": "vicreg"}}


def trained(**section):
    study = parse_study({"pretrain": {"arms": ARMS, "seeds": [1], **section}})
    return [job for job in jobs(study, SLIDES) if job.rule == "pretrain"]


def test_every_encoder_that_is_scored_is_made():
    assert [job.key for job in trained(untrained=2)] == [("floor", "1"), ("floor", "0"), ("plain", "1")]


def test_how_many_random_encoders_there_are_changes_none():
    few, more = trained(untrained=1), trained(untrained=3)
    assert few == [more[0], more[-1]]
