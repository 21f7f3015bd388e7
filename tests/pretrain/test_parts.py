"""A batch in parts, for every objective whose loss is said to be a mean over samples: the gradient of the whole.

Batch norm, which sees a part at a time, is left out: it stands still.
"""

import pytest
import torch
from torch import nn

from pipeline.engine.run import run
from pipeline.study.objectives import OBJECTIVES

from .every import FLOOR, in_double, jobs, write_brought

SEPARABLE = [name for name, objective in OBJECTIVES.items() if objective.separable]


@pytest.mark.parametrize("name", SEPARABLE)
def test_gradients_and_losses_are_those_of_the_whole_batch(study, monkeypatch, name):
    def still(self, rows):
        return nn.functional.batch_norm(rows, self.running_mean, self.running_var, self.weight, self.bias)

    write_brought()
    made = jobs(epochs=2)
    if "teacher" in OBJECTIVES[name].needs:
        run(made[FLOOR])
    monkeypatch.setattr(nn.modules.batchnorm._BatchNorm, "forward", still)
    whole, parts = (in_double(made[name], study / str(count), accumulate=count) for count in (1, 3))
    assert (len(whole["totals"]), len(parts["totals"])) == (2, 6)
    means = torch.stack(parts["totals"]).view(2, 3).mean(1)
    assert torch.allclose(means, torch.stack(whole["totals"]), rtol=1e-7)
    for one, other in zip(whole["gradients"], parts["gradients"], strict=True):
        assert torch.allclose(one, other, rtol=1e-6, atol=1e-9)
