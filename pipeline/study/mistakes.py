"""The mistakes of a study, each with its key, what is allowed and the fix."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from pipeline.core.errors import StudyError


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


def mistakes_of(error: ValidationError, where: str, model: type[BaseModel], owner: str = "") -> Iterator[StudyError]:
    """What a model refused, one error a key: the key, what was found, and what is allowed.

    Args:
        error: Of the model.
        where: Key of what it validated; empty for the whole file.
        model: The model.
        owner: The method whose options they are.
    """
    for item in error.errors():
        place = [str(part) for part in item["loc"]]
        key = ".".join([*([where] if where else []), *place]) or "(top level)"
        section = _section(model, place[:-1])
        keys = ", ".join(section.model_fields)
        field = section.model_fields.get(place[-1]) if place else None
        if item["type"] == "extra_forbidden":
            what = f"{owner!r} has no option {place[-1]!r}" if owner else "unknown key"
            yield StudyError(f"{key}: {what}", where=key, fix=f"known: {keys or 'none'}")
        elif item["type"] == "missing":
            yield StudyError(f"{key}: {item['msg']}", where=key, fix=f"add it; keys here: {keys}")
        else:
            default = None if field is None or field.is_required() else field.get_default(call_default_factory=True)
            such = f"; the default is {default!r}" if isinstance(default, int | float | str | bool) else ""
            choice = item.get("ctx", {}).get("expected")
            fix = f"choose one of: {choice.replace(' or ', ', ')}" if choice else f"correct the value{such}"
            yield StudyError(f"{key}: {item['msg']} (found {item['input']!r})", where=key, fix=fix)


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
