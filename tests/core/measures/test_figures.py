import math

import pytest

from pipeline.core.errors import ProductError
from pipeline.core.measures.figures import Figure, read_figures, write_figures

ROW = Figure("NA", "0", "t", "in_domain", "few/auroc_gain", "base", 0.123456789, math.nan, math.inf, 9)


def test_numbers_have_six_digits_and_an_undefined_one_is_empty(tmp_path):
    write_figures(tmp_path / "figures.csv", [ROW, ROW._replace(value=1.0, ci_low=-3e-7, ci_high=0.5)])
    assert (tmp_path / "figures.csv").read_text() == (
        "arm,seed,task,split,metric,against,value,ci_low,ci_high,n\n"
        "NA,0,t,in_domain,few/auroc_gain,base,0.123457,,inf,9\n"
        "NA,0,t,in_domain,few/auroc_gain,base,1,-3e-07,0.5,9\n"
    )


def test_they_are_read_as_they_were_written(tmp_path):
    write_figures(tmp_path / "figures.csv", [ROW])
    (found,) = read_figures(tmp_path / "figures.csv")
    assert (found.arm, found.seed, found.value, found.ci_high, found.n) == ("NA", "0", 0.123457, math.inf, 9)
    assert math.isnan(found.ci_low)


def test_no_figures_are_a_table_too(tmp_path):
    write_figures(tmp_path / "figures.csv", [])
    assert read_figures(tmp_path / "figures.csv") == []


def test_a_file_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "figures.csv"
    path.write_text("arm,value\na,1\n")
    with pytest.raises(ProductError, match="'seed'"):
        read_figures(path)


def test_no_file_is_refused_with_the_fix(tmp_path):
    with pytest.raises(ProductError, match="evaluate"):
        read_figures(tmp_path / "figures.csv")
