"""An entry in a table of methods: where its code is, and which options it takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    """A method that ``params.yaml`` can name; what else a phase knows of its methods, its own subclass says.

    Args:
        code: ``package.module:attribute``, a text, so that reading a study loads no network code; empty where
            nothing is to be done, or no job loads it.
        title: Its name for people.
        options: The options that it takes, with their ranges and defaults.
    """

    code: str
    title: str
    options: type[Section] = NoOptions

    def filled(self, given: Mapping[str, Any]) -> Json:
        """All options, given or not; raises pydantic's ValidationError."""
        return self.options.model_validate(dict(given)).model_dump(mode="json")

    def read(self, given: Mapping[str, Any]) -> Section | None:
        """The options; None where they are wrong, which :func:`check_method` tells."""
        try:
            return self.options.model_validate(dict(given))
        except ValidationError:
            return None


def check_method(
    table: Mapping[str, Method], name: str | None, given: Mapping[str, Any], where: str, options: str
) -> Iterator[StudyError]:
    """The mistakes of a method's name and options.

    Args:
        table: The methods there are.
        name: The one that is named.
        given: Its options, as ``params.yaml`` has them.
        where: Key of the name.
        options: Key of the options.
    """
    if name is None or name not in table:
        known = ", ".join(sorted(table))
        yield StudyError(f"unknown method {name!r}", where=where, fix=f"choose one of: {known}")
        return
    try:
        table[name].filled(given)
    except ValidationError as error:
        yield from mistakes_of(error, options, table[name].options, owner=name)
