"""``synpriv segment``."""

from typer.testing import CliRunner

from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.segment.command import app
from tests.segment.toys import segment_job
from tests.synthesize.painted import write_cohort


def test_the_command_trains_one_segmenter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_cohort(a="train", c="test")
    job = segment_job("real", 3)
    ran = CliRunner().invoke(app, ["train", "real", "3", "--spec", job.to_json()], catch_exceptions=False)
    assert ran.exit_code == 0
    assert SegmenterManifest.read(job.manifest).seed == 3
    assert job.manifest.with_name("3.recipe.json").is_file()
