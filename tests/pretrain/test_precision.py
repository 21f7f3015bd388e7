"""Half precision: networks compute in bf16, and every loss in full precision."""

import pytest
import torch

from pipeline.engine.run import run

from .every import FLOOR, arms, jobs, seen, write_brought

SHARP = ("clip", "clip_lite")  # the temperature multiplies what bf16 rounds in a cosine by 14
TRAINED = [name for name in arms() if name != FLOOR]


@pytest.mark.parametrize("name", TRAINED)
def test_losses_in_half_precision_are_those_of_full_precision(study, name):
    write_brought()
    made = jobs(epochs=1)
    if "teacher" in made[name].inputs:
        run(made[FLOOR])
    with torch.backends.mkldnn.flags(enabled=False):  # its gradients of a picture of one pixel are not finite in bf16
        full, half = (seen(made[name], study / p, precision=p)["losses"][0] for p in ("32-true", "bf16-mixed"))
    assert {value.dtype for value in half.values()} == {torch.float32}  # before Fabric makes them so
    near = 0.1 if name in SHARP else 0.03
    assert half["total"].item() == pytest.approx(full["total"].item(), rel=near)
