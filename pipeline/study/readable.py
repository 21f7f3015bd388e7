"""What pydantic complains about, as an error on one screen."""

from typing import Any

from pydantic import ValidationError

from pipeline.core.errors import StudyError
from pipeline.study.sections import Arm, Section, Task, Translator


def readable(error: ValidationError, where: str, root: type[Section]) -> StudyError:
    """Turns pydantic's first complaints into one screen: key, what is wrong, what is allowed."""
    problems = []
    for item in error.errors()[:5]:
        key = ".".join(map(str, item["loc"])) or "(top level)"
        found = "" if item["type"] in ("extra_forbidden", "missing") else f" (found {item['input']!r})"
        text = "unknown key" if item["type"] == "extra_forbidden" else item["msg"]
        problems.append((key, f"{text}{found}", _allowed(item["loc"], root)))
    message = "; ".join(f"{key}: {text}" for key, text, _ in problems)
    return StudyError(message, where=f"{where}: {problems[0][0]}", fix=f"allowed here: {problems[0][2]}")


def _allowed(location: tuple[int | str, ...], root: type[Section]) -> str:
    """The keys allowed in the section that holds ``location``."""
    section: Any = root
    entries = {"translate": Translator, "arms": Arm, "tasks": Task}
    for part in map(str, location[:-1]):
        field = section.model_fields.get(part)
        kinds = (field.annotation, *getattr(field.annotation, "__args__", ())) if field else ()
        section = next((kind for kind in kinds if hasattr(kind, "model_fields")), section)
        section = entries.get(part, section)
    return ", ".join(section.model_fields)
