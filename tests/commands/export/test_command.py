import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.commands.export.command import app
from pipeline.core.errors import ProductError


def export(*arguments):
    return CliRunner().invoke(app, ["tiles", *arguments], catch_exceptions=False)


def test_the_command_writes_a_folder_and_does_not_write_it_twice(cohort):
    assert export("--to", "trident", "for/trident", "A1-HE").exit_code == 0
    assert [path.name for path in Path("for/trident/patches").iterdir()] == ["A1-HE_patches.h5"]
    with pytest.raises(ProductError, match="something already"):
        export("--to", "trident", "for/trident", "A1-HE")


def test_without_slides_all_complete_ones_are_written(cohort):
    assert export("--to", "clam", "out").exit_code == 0
    assert sorted(path.name for path in Path("out/patches").iterdir()) == ["A1-HE.h5", "B1-HE.h5"]


def test_no_network_code_is_loaded():
    modules = "pipeline.commands.export.command, pipeline.commands.export.folder, pipeline.commands.export.pngs"
    load = f"import sys, {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
