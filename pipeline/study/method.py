"""An entry in a table of methods: where its code is, and which options it takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.study.mistakes import mistakes_of
from pipeline.study.section import Section


class NoOptions(Section):
    """Of a method that takes none."""


@dataclass(frozen=True)
class Method:
    """A method that ``params.yaml`` can name.

    Args:
        code: ``package.module:attribute``, a text, so that reading a study loads no network code; empty where
            nothing is to be done.
        title: Its name for people.
        options: The options that it takes, with their ranges and defaults.
        paired_only: A translator that learns from registered slides alone.
        continuous: A kind of task whose targets are values, not classes.
        role: Of the arms that an objective trains, where it is always the same: ``floor`` or ``ceiling``.
        takes: The keys of an arm that act on an objective, beside its options.
    """

    code: str
    title: str
    options: type[Section] = NoOptions
    paired_only: bool = False
    continuous: bool = False
    role: str = ""
    takes: frozenset[str] = field(default=frozenset())

    def filled(self, given: Mapping[str, Any]) -> Json:
        """All options, given or not; raises pydantic's ValidationError."""
        return self.options.model_validate(dict(given)).model_dump(mode="json")


def check_method(
    table: Mapping[str, Method],
    name: str | None,
    given: Mapping[str, Any],
    where: str,
    key: str,
    options: str = "options",
) -> Iterator[StudyError]:
    """The mistakes of a method's name and options.

    Args:
        table: The methods there are.
        name: The one that is named.
        given: Its options, as ``params.yaml`` has them.
        where: The section that names it.
        key: Of the name in that section.
        options: Key of the options there.
    """
    if name is None or name not in table:
        known = ", ".join(sorted(table))
        yield StudyError(f"unknown method {name!r}", where=f"{where}.{key}", fix=f"choose one of: {known}")
        return
    try:
        table[name].filled(given)
    except ValidationError as error:
        yield from mistakes_of(error, f"{where}.{options}", table[name].options, owner=name)
