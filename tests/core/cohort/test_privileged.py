from pipeline.core.cohort.privileged import real_stain


def test_a_real_view_names_its_stain():
    assert real_stain("real/IHC") == "IHC"


def test_a_translators_view_and_none_have_no_stain():
    assert real_stain("he2ihc_cyclegan") is None
    assert real_stain(None) is None
