"""Snakemake starts jobs without a limit by time."""

import pytest

from tests.workflow.test_mistakes import ROOT, study

SNAKEFILE = """
include: "{root}/workflow/rules/common.smk"

rule one:
    output: "one.txt"
    shell: "touch {{output}}"

onsuccess:
    print("limit on starts:", workflow.scheduler.job_rate_limiter)
"""


@pytest.mark.slow
def test_its_limit_on_starts_is_taken_away(tmp_path):
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(SNAKEFILE.format(root=ROOT))
    run = study(tmp_path, "one.txt", "-s", snakefile)
    assert run.returncode == 0, run.stderr
    assert "limit on starts: None" in run.stdout + run.stderr
