"""Settings laid over the content of a ``params.yaml``; its comments and its order stay."""

from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML


def editor() -> YAML:
    """What reads and writes YAML as the ready-made files are written, with their comments and quotes."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000  # no line is folded
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def lay_over(content: Any, settings: Mapping[str, Any]) -> None:
    """Changes values of a study, in place.

    A mapping is laid over what stands there, key by key; any other value replaces it. None takes it away, of a phase
    all but its key, which DVC watches. A key with dots, such as ``segment.arms``, replaces a mapping, too, as a whole.

    Args:
        content: As :func:`editor` reads it.
        settings: By section, or by place.
    """
    for key, value in settings.items():
        *above, last = key.split(".")
        place = content
        for name in above:
            if not isinstance(place.get(name), Mapping):
                place[name] = {}
            place = place[name]
        if value is None and not above:
            place[last] = None
        else:
            _lay(place, last, value, whole=bool(above))


def _lay(place: Any, key: str, value: Any, *, whole: bool = False) -> None:
    if value is None:
        place.pop(key, None)
    elif not whole and isinstance(value, Mapping) and isinstance(place.get(key), Mapping):
        for name, inner in value.items():
            _lay(place[key], name, inner)
    else:
        place[key] = value
