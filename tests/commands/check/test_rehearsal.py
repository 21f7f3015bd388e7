from pipeline.commands.check.rehearsal import memory


def test_a_cohort_without_slides_to_open_needs_no_rehearsal():
    assert memory({}, {}, seconds=1) is None
