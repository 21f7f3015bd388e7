import os
import subprocess
import sys

import yaml

from pipeline.core.files import read_json
from tests.conftest import row, tile_job

SYNPRIV = [sys.executable, "-c", "from pipeline.cli import main; main()"]
SHEET = """slide_id,patient_id,path,site,stain,split,annotations
A1-HE,A1,data/phantom/A1-HE.tif,siteA,HE,train,data/phantom/A1-HE.geojson
A2-HE,A2,data/phantom/A2-HE.tif,siteA,HE,test,data/phantom/A2-HE.geojson
"""


def synpriv(*arguments):
    return subprocess.run([*SYNPRIV, *arguments], capture_output=True, text=True, check=False, env=os.environ)


def test_the_commands_make_and_cut_a_slide(study):
    params = {
        "seed": 0,
        **{section: {} for section in ("normalize", "translate", "synthesize", "report")},
        "tile": {"mpp": 1.0, "size": 64, "stride": 64, "phantom": {"size": 768}},
        "pretrain": {"arms": {"plain": {"objective": "untrained"}}},
        "evaluate": {"tasks": {"tissue": {"kind": "annotation"}}, "baseline": "plain"},
    }
    (study / "params.yaml").write_text(yaml.safe_dump(params))
    (study / "data" / "slides.csv").write_text(SHEET)
    for command in (["tile", "phantom", "A1-HE"], ["tile", "slide", "A1-HE"]):
        done = synpriv(*command)
        assert done.returncode == 0, done.stderr
    manifest = read_json(study / "data" / "tiles" / "A1-HE.json")
    assert manifest["status"] == "complete"
    assert manifest["truth"]["site"] == "siteA"


def test_a_whole_job_needs_no_study(study, write_tiff, tissue_like):
    job = tile_job(row("s", write_tiff(tissue_like(256))))
    done = synpriv("tile", "slide", "s", "--threads", "1", "--spec", job.to_json())
    assert done.returncode == 0, done.stderr
    manifest = read_json(job.manifest)
    assert manifest["tiles"] == 4
    assert [*manifest["payload"]] == [job.outputs[name].as_posix() for name in ("store", "thumbnail", "contours")]


def test_cutting_loads_no_network_code_no_tables_and_no_simulator():
    heavy = "['torch', 'pandas', 'matplotlib', 'sklearn', 'pipeline.phantom', 'pipeline.commands']"
    load = f"import sys, pipeline.tile.command, pipeline.tile.tiles; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
