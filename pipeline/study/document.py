"""tmp"""

from pathlib import Path

import yaml

from pipeline.core.errors import StudyError


def read_document(path: Path) -> object:
    if not path.is_file():
        raise StudyError("no study here", where=str(path), fix="x")
    return yaml.safe_load(path.read_text())
