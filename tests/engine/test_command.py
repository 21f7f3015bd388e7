from pathlib import Path

import pytest

from pipeline.core.job import Job
from pipeline.engine.command import argument, find_job


@pytest.mark.parametrize(("count", "short"), [(3, True), (5000, False)])
def test_a_job_of_any_size_fits_into_one_argument(tmp_path, monkeypatch, count, short):
    monkeypatch.chdir(tmp_path)
    inputs = tuple(Path(f"tiles/region-{i:06}.png") for i in range(count))
    job = Job("tile", "tile", ("a",), Path("data/tiles/a.json"), inputs, {"mpp": 1.0})
    text = argument(job)
    assert text.startswith("{" if short else "@scratch/specs/")
    assert len(text) < 131_072
    assert find_job("tile", "a", spec=text) == job
