"""The mistakes of a study, each with its key, what is allowed and the fix."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from pipeline.core.errors import StudyError
from pipeline.study.document import switch_hint


class MistakesError(StudyError):
    """All mistakes that were found at once; ``where`` and ``fix`` are those of the first.

    Args:
        errors: At least one.
    """

    def __init__(self, errors: Sequence[StudyError]) -> None:
        first = errors[0]
        super().__init__(first.message, where=first.where, fix=first.fix)
        self.errors = list(errors)

    def __str__(self) -> str:
        if len(self.errors) == 1:
            return str(self.errors[0])
        return f"{len(self.errors)} mistakes\n" + "\n".join(f"- {error}" for error in self.errors)


def raise_all(errors: Sequence[StudyError]) -> None:
    """Raises the error where there is one, MistakesError where there are several."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise MistakesError(errors)


SENTENCES = {  # what pydantic calls it: what is said, and what to do about it
    "missing": ("it is missing", "add it; keys here: {keys}"),
    "model_type": ("expected keys and values", "write its keys below it, or remove it; keys: {keys}"),
    "dict_type": ("expected keys and values", "write 'name: {{...}}' below it, or remove it"),
    "list_type": ("expected a list", "write it as [a, b]"),
    "too_short": ("it is empty", "name one at least"),
    "string_too_short": ("it is empty", "give a name, or remove the key"),
    "string_pattern_mismatch": ("not a name", "use letters, digits, '-' and '_'"),
}


def mistakes_of(error: ValidationError, where: str, model: type[BaseModel], owner: str = "") -> Iterator[StudyError]:
    """What a model refused, one error a key: what was found, where, and what is allowed.

    Args:
        error: Of the model.
        where: Key of what it validated; empty for the whole file.
        model: The model.
        owner: The method whose options they are.
    """
    for item in error.errors():
        place = [str(part) for part in item["loc"] if part != "[key]"]
        key = ".".join([*([where] if where else []), *place]) or "(top level)"
        section = _section(model, place[:-1])
        keys = ", ".join(section.model_fields) or "none"
        if item["type"] == "extra_forbidden":
            message = f"{owner!r} has no option {place[-1]!r}" if owner else f"unknown key {place[-1]!r}"
            yield StudyError(message, where=key, fix=f"known: {keys}")
            continue
        inner = _section(model, place)
        said, fix = SENTENCES.get(item["type"], (_plain(item["msg"]), _allowed(item, section, place)))
        found = "" if item["type"] == "missing" else f", found {item['input']!r}"
        yield StudyError(f"{said}{found}", where=key, fix=fix.format(keys=", ".join(inner.model_fields) or keys))


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "it should be")


def _allowed(item: Any, section: type[BaseModel], place: Sequence[str]) -> str:
    """The choices, else the default."""
    choice = item.get("ctx", {}).get("expected")
    if choice:
        return f"choose one of: {choice.replace(' or ', ', ')}".replace("{", "{{").replace("}", "}}")
    hint = switch_hint(item["input"]) if item["type"] == "bool_type" else None
    if hint:
        return f"write {hint}: a bare {item['input']} is a word"
    field = section.model_fields.get(place[-1]) if place else None
    default = None if field is None or field.is_required() else field.get_default(call_default_factory=True)
    return f"correct it; the default is {default!r}" if isinstance(default, int | float | str) else "correct it"


def _section(model: Any, place: Sequence[str]) -> type[BaseModel]:
    """The model of the section at ``place`` below ``model``; the last one on the way where there is none."""
    for part in place:
        field = model.model_fields.get(part)
        inner = list(_models(field.annotation)) if field else []
        if inner:
            model = inner[0]
    found: type[BaseModel] = model
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside an annotation such as ``dict[Name, Arm] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
