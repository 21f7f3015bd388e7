import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.train.history import Meter, write_history

CPU = torch.device("cpu")


def meter():
    return Meter(CPU, "training Toy")


def test_a_line_is_the_mean_since_the_last():
    found = meter()
    for value in (1.0, 2.0, 6.0):
        found.add("model", {"total": torch.tensor(value)})
    assert found.line(1, 3) == {"step": 3, "model/total": 3.0}
    found.add("model", {"total": torch.tensor(5.0)})
    assert found.line(4, 4) == {"step": 4, "model/total": 5.0}


def test_sums_are_those_of_python_floats():
    values = torch.rand(1000, generator=torch.Generator().manual_seed(0)) * 1e3
    found, expected = meter(), 0.0
    for value in values:
        found.add("model", {"total": value})
        expected += float(value)
    assert found.line(1, 1000)["model/total"] == expected / 1000


def test_a_mean_of_negative_zeros_is_zero():
    found = meter()
    found.add("model", {"total": torch.tensor(-0.0)})
    assert str(found.line(1, 1)["model/total"]) == "0.0"


def test_gradients_are_not_kept():
    found = meter()
    found.add("model", {"total": torch.ones((), requires_grad=True) * 2})
    assert not any(value.requires_grad for value in found._sums.values())


def test_it_goes_on_where_it_was():
    one, other = meter(), meter()
    one.add("model", {"total": torch.tensor(0.1)})
    other.resume(one.sums(1, 1))
    for found in (one, other):
        found.add("model", {"total": torch.tensor(0.7)})
    assert one.line(1, 2) == other.line(1, 2)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_loss_that_is_not_finite_is_named_with_its_steps(value):
    found = meter()
    for loss in (1.0, value):
        found.add("model", {"good": torch.tensor(1.0), "bad": torch.tensor(loss)})
    with pytest.raises(ProductError, match="the loss model/bad is not finite within steps 11 to 20") as error:
        found.line(11, 20)
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
