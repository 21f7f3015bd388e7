import os
import subprocess
import sys

import yaml

from pipeline.core.files import read_json

SYNPRIV = [sys.executable, "-c", "from pipeline.cli import main; main()"]
SHEET = """slide_id,patient_id,path,site,stain,split,annotations
A1-HE,A1,data/phantom/A1-HE.tif,siteA,HE,train,data/phantom/A1-HE.geojson
A2-HE,A2,data/phantom/A2-HE.tif,siteA,HE,test,data/phantom/A2-HE.geojson
"""


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
        done = subprocess.run([*SYNPRIV, *command], capture_output=True, text=True, check=False, env=os.environ)
        assert done.returncode == 0, done.stderr
    assert read_json(study / "data" / "tiles" / "A1-HE.json")["status"] == "complete"
    export = [*SYNPRIV, "tile", "export", "--to", "trident", "for/trident", "A1-HE"]
    for code in (0, 2):  # the second would overwrite the first
        done = subprocess.run(export, capture_output=True, text=True, check=False, env=os.environ)
        assert done.returncode == code, done.stderr
    assert "something already" in done.stderr
    assert "Traceback" not in done.stderr
    assert (study / "for" / "trident" / "patches" / "A1-HE_patches.h5").is_file()


def test_no_network_code_is_loaded():
    modules = "pipeline.tile.command, pipeline.tile.slide, pipeline.commands.export.folder, pipeline.phantom.make"
    load = f"import sys, {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
