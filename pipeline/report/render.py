"""Templates to HTML."""

from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.core.files import Json
from pipeline.report.timing import clock

HERE = Path(__file__).parent


def render(template: str, context: Json) -> str:
    """A template as one HTML document; whatever comes from the study is escaped."""
    loader = FileSystemLoader(HERE)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["clock"] = clock
    style = (HERE / "style.css").read_text()
    return environment.get_template(f"{template}.html.j2").render(**context, style=style)


def compact(study: Json) -> str:
    """The whole study, defaults included, as YAML without its empty values."""
    return yaml.safe_dump(_filled(study), sort_keys=False, default_flow_style=None, width=76)


def _filled(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    pruned = {key: _filled(value) for key, value in tree.items()}
    return {key: value for key, value in pruned.items() if value not in (None, {}, [])}
