import numpy as np

from pipeline.core.manifests.scores import TargetCount
from pipeline.core.measures.pools import load_scores
from pipeline.evaluate.colour_score import score_colour
from pipeline.evaluate.encoder_score import score_encoder
from tests.evaluate.conftest import make_job


def test_the_same_probes_on_the_same_tiles_without_a_network(study):
    colour, encoder = score_colour(make_job("colour")), score_encoder(make_job("encoders", "base"))
    assert (colour.subject, {record.seed for record in colour.records}) == ("colour", {None})
    first = [record for record in encoder.records if record.seed == 0 and not record.name.endswith("_colour")]
    assert [record.model_copy(update={"seed": 0}) for record in colour.records] == first
    assert colour.targets == {"tissue": TargetCount(classes=("stroma", "tumour"), train=(8, 8), test=(12, 12))}


def test_what_is_a_question_of_colour_is_answered(study):
    found = {
        (s.domain, s.name): s.pool.values(np.ones((1, len(s.patients))))
        for s in load_scores(score_colour(make_job("colour")))
    }
    assert found["in_domain", "linear"]["accuracy"].tolist() == [[1]]
    assert found["in_domain", "few"]["auroc"].tolist() == [[1], [1]]


def test_same_bytes_twice(study):
    job = make_job("colour")
    assert score_colour(job).digest == score_colour(job).digest
