from pathlib import Path

import pytest
import yaml

from pipeline.commands.heatmap.probe import task_job
from pipeline.core.errors import StudyError
from pipeline.engine.plan import Plan
from tests.commands.conftest import STUDY


@pytest.mark.parametrize("fold", ["fold-0", "fold-2"])
def test_of_folds_the_one_is_asked_that_the_encoder_belongs_to(finished, fold):
    Path("params.yaml").unlink()  # it is shared with the other tests
    Path("params.yaml").write_text(yaml.safe_dump({**STUDY, "folds": 3}))
    job = task_job(Plan.here(), "tissue", Path("models/encoders") / fold / "plain/0")
    assert (job.fold, list(job.spec["tasks"])) == (fold, ["tissue"])
    assert fold in job.inputs["cohort"].parts


def test_a_study_without_such_a_task_is_told(finished):
    with pytest.raises(StudyError, match="no task 'grade'"):
        task_job(Plan.here(), "grade", Path("models/encoders/plain/0"))
