import pytest

from pipeline.core.text.templates import fields_of, fill

VALUES = {"label": "tumour", "site": ""}


def test_the_fields_of_a_template():
    assert fields_of("a tile of {label}, site {site}, {{as written}}") == {"label", "site"}
    assert fields_of("a tile") == set()


@pytest.mark.parametrize("wrong", ["{grade}", "{label!r}", "{label:>9}", "{0}", "{}", "{label.name}", "{label[0]}"])
def test_an_unknown_field_is_told_with_those_there_are(wrong):
    with pytest.raises(ValueError, match=r"known: slide_id, patient_id, site, stain, label"):
        fields_of(f"a tile of {wrong}")


def test_braces_that_do_not_match():
    with pytest.raises(ValueError, match="is no template"):
        fields_of("a tile of {label")


def test_what_names_an_empty_field_says_nothing():
    assert fill("{label} tissue", VALUES) == "tumour tissue"
    assert fill("{label} of {site}", VALUES) == ""
    assert fill("tissue", VALUES) == "tissue"
