"""Templates of captions: sentences with the names of what is known of a tile."""

from collections.abc import Iterable, Mapping
from string import Formatter

FIELDS = ("slide_id", "patient_id", "site", "stain", "label")
LABEL, WORD = "label", "word"
PROMPTED = (LABEL, "stain")  # what is known of a class


def fields_of(template: str, known: Iterable[str] = FIELDS) -> set[str]:
    """The fields that a template names.

    Raises:
        ValueError: Braces do not match, or a field is none of ``known``, which it names.
    """
    try:
        parsed = [(name, form, turn) for _, name, form, turn in Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise ValueError(f"{template!r} is no template: {error}") from None
    for name, form, turn in parsed:
        if name not in known or form or turn:
            whole = name + (f"!{turn}" if turn else "") + (f":{form}" if form else "")
            raise ValueError(f"{template!r} names {whole!r}; known: {', '.join(known)}")
    return {name for name, _, _ in parsed}


def fill(template: str, values: Mapping[str, str]) -> str:
    """The sentence, or nothing where a field that it names is empty."""
    named = fields_of(template, tuple(values))
    return template.format(**values) if all(values[name] for name in named) else ""
