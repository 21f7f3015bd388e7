"""What a data set says of its images, laid over a ready-made ``params.yaml``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pipeline.core.files import Json

ALWAYS = ("stains", "tile", "normalize")  # sections that every study has, if it says so or not


def lay_over(source: Path, settings: Json, target: Path) -> None:
    """Writes a study's ``params.yaml`` with other values; comments and order stay.

    What a stain is, is said anew as a whole. A phase that the study leaves empty stays empty.

    Args:
        source: A ready-made study.
        settings: By section.
        target: Where the new one is written.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000  # no line is folded
    yaml.indent(mapping=2, sequence=4, offset=2)
    content = yaml.load(source)
    for section, values in settings.items():
        if content.get(section) is None and section in ALWAYS:
            content[section] = values
        elif content.get(section) is not None:
            _lay(content[section], values, whole=section == "stains")
    with target.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def _lay(section: Any, values: Mapping[str, Any], *, whole: bool) -> None:
    """Key by key; a mapping in a mapping too, where it is not to be taken as a ``whole``."""
    for key, value in values.items():
        if not whole and isinstance(value, Mapping) and isinstance(section.get(key), Mapping):
            _lay(section[key], value, whole=False)
        else:
            section[key] = value
