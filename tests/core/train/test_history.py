import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.train.history import Meter, write_history

CPU = torch.device("cpu")


def meter():
    return Meter(CPU, "training Toy", lambda step: f"rows of {step}")


def test_a_line_is_the_mean_since_the_last():
    found = meter()
    for value in (1.0, 2.0, 6.0):
        found.add("model", {"total": torch.tensor(value)}, 0)
    assert found.line(3) == {"step": 3, "model/total": 3.0}
    found.add("model", {"total": torch.tensor(5.0)}, 0)
    assert found.line(4) == {"step": 4, "model/total": 5.0}


def test_sums_are_those_of_python_floats():
    values = torch.rand(1000, generator=torch.Generator().manual_seed(0)) * 1e3
    found, expected = meter(), 0.0
    for value in values:
        found.add("model", {"total": value}, 0)
        expected += float(value)
    assert found.line(1000)["model/total"] == expected / 1000


def test_a_mean_of_negative_zeros_is_zero():
    found = meter()
    found.add("model", {"total": torch.tensor(-0.0)}, 0)
    assert str(found.line(1)["model/total"]) == "0.0"


def test_gradients_are_not_kept():
    found = meter()
    found.add("model", {"total": torch.ones((), requires_grad=True) * 2}, 0)
    assert not any(value.requires_grad for *_, value in found._found)


def test_it_goes_on_where_it_was():
    one, other = meter(), meter()
    one.add("model", {"total": torch.tensor(0.1)}, 0)
    other.resume(one.sums())
    for found in (one, other):
        found.add("model", {"total": torch.tensor(0.7)}, 0)
    assert one.line(2) == other.line(2)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_loss_that_is_not_finite_is_named_with_its_step_and_batch(value):
    found = meter()
    for step, loss in enumerate((1.0, value, 1.0, value), 10):
        found.add("model", {"good": torch.tensor(1.0), "bad": torch.tensor(loss)}, step)
    with pytest.raises(ProductError, match="loss model/bad is not finite at step 12; its batch: rows of 11") as error:
        found.line(20)
    assert error.value.where == "training Toy"


def test_history_file(tmp_path):
    write_history(tmp_path / "h.csv", [{"step": 4, "a/b": 0.123456789}])
    assert (tmp_path / "h.csv").read_text() == "step,a/b\n4,0.123457\n"


def test_numbers_of_a_history_file_are_those_of_general_format(tmp_path):
    values = [1e-12, 123456789.0, 0.1, 100.0, -0.5, 1e6, 999999.5]
    write_history(tmp_path / "h.csv", [{"step": 1, "a": value} for value in values])
    found = (tmp_path / "h.csv").read_text().splitlines()[1:]
    assert found == [f"1,{value:.6g}" for value in values]


def test_a_history_without_lines_is_its_header(tmp_path):
    write_history(tmp_path / "h.csv", [])
    assert (tmp_path / "h.csv").read_text() == "step\n"


def test_a_score_that_comes_later_is_empty_before(tmp_path):
    write_history(tmp_path / "h.csv", [{"step": 1, "a": 1.0}, {"step": 2, "a": 2.0, "validation": 0.5}])
    assert (tmp_path / "h.csv").read_text() == "step,a,validation\n1,1,\n2,2,0.5\n"
