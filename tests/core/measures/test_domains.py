import pytest

from pipeline.core.measures.domains import domain_of


@pytest.mark.parametrize(
    ("split", "seen", "domain"),
    [("train", True, "train"), ("val", True, None), ("test", True, "in_domain"), ("test", False, "unseen_site")],
)
def test_a_patient_has_one_domain_and_one_of_the_val_split_none(split, seen, domain):
    assert domain_of(split, seen=seen) == domain
