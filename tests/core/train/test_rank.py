import subprocess
import sys

import pytest

from pipeline.core.train.rank import is_first, meet


def test_alone_the_process_writes_and_waits_for_nobody(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    monkeypatch.setenv("RANK", "1")  # somebody else's
    assert is_first()
    meet()


@pytest.mark.parametrize(("rank", "first"), [("0", True), ("1", False)])
def test_before_the_ranks_have_met_the_starter_says_who_writes(monkeypatch, rank, first):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "x")
    monkeypatch.setenv("RANK", rank)
    assert is_first() is first


def test_asking_imports_no_torch():
    code = "import sys; from pipeline.core.train.rank import is_first, meet; is_first(); meet(); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "torch" not in found.stdout.split()
