"""A new method is one file and one entry; what does not use it stays as it is."""

import pytest

pytestmark = pytest.mark.slow

TOYS = {
    "pipeline/pretrain/toy.py": """
        from pipeline.pretrain.siamese import Unprivileged

        class Toy(Unprivileged):
            \"\"\"Like another.\"\"\"
    """,
    "pipeline/normalize/toy.py": """
        from pipeline.normalize.macenko import Macenko

        class Toy(Macenko):
            \"\"\"Like another.\"\"\"
    """,
    "pipeline/core/tasks/toy.py": """
        from pipeline.core.tasks.annotation import Annotation

        class Toy(Annotation):
            \"\"\"Like another.\"\"\"
    """,
}
ENTRIES = {
    "pipeline/study/objectives.py": (
        "OBJECTIVES = {",
        '"toy": Objective("pipeline.pretrain.toy:Toy", "toy", takes=JOINT),',
    ),
    "pipeline/study/normalize.py": (
        "METHODS = {",
        '"toy": Normalizer("pipeline.normalize.toy:Toy", "toy", MacenkoOptions, fits=True),',
    ),
    "pipeline/study/task.py": ("KINDS = {", '"toy": Kind("pipeline.core.tasks.toy:Toy", "toy", AnnotationTask),'),
}


@pytest.fixture(scope="module")
def extended(finished):
    """A study that was run, in a checkout that was given a toy objective, a toy normaliser and a toy kind of task."""
    for path, text in TOYS.items():
        lines = [line.removeprefix(" " * 8) for line in text.strip("\n").splitlines()]
        (finished.root / path).write_text("\n".join(lines) + "\n")
    for path, (table, entry) in ENTRIES.items():
        file = finished.root / path
        before = file.read_text()
        assert before.count(f"\n{table}\n") == 1
        file.write_text(before.replace(f"\n{table}\n", f"\n{table}\n    {entry}\n"))
    return finished


def test_what_does_not_use_a_new_method_stays(extended):
    assert extended.pending() == []
    assert extended.repro() == []
    assert extended.clean()


def test_an_arm_that_uses_it_runs_alone(extended):
    extended.params(lambda content: content["pretrain"]["arms"].update(toy={"objective": "toy", "loss": "vicreg"}))
    ran = ["evaluate", "evaluate_encoder toy", "pretrain toy 0", "pretrain_index", "report"]
    assert extended.pending() == ran
    assert extended.repro() == ran
    assert extended.pending() == []


def test_a_normaliser_that_is_tried_runs_alone(extended):
    tried = {"tried": {"method": "macenko", "options": {"mask": "any"}}}
    extended.params(lambda content: content["normalize"].update(trials=tried))
    ran = ["evaluate", "evaluate_normalizer tried", "normalize_trial tried 0", "normalize_trial_index", "report"]
    assert extended.pending() == ran
    assert extended.repro() == ran
    assert extended.pending() == []
    assert extended.clean()


def test_a_task_that_uses_it_scores_encoders_and_trains_none(extended):
    extended.params(lambda content: content["evaluate"]["tasks"].update(toy={"kind": "toy"}))
    scored = [f"evaluate_encoder {arm}" for arm in ("plain", "synthetic", "toy")]
    assert extended.pending() == ["evaluate", "evaluate_colour", *scored, "report"]


def test_a_normaliser_that_uses_it_leaves_the_tiles(extended):
    extended.params(lambda content: content["normalize"].update(method="toy"))
    assert not any(job.startswith("tile") for job in extended.pending())
