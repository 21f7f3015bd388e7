"""A ready-made study: a ``params.yaml`` that may end with ``variants``, settings by name that are laid over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

from pipeline.commands.overlay import editor, lay_over
from pipeline.core.errors import StudyError
from pipeline.core.files import aside, write_text

VARIANTS = "\nvariants:\n"  # the last section of a file; no study that is run has it


@dataclass(frozen=True)
class ReadyMade:
    """A study of ``workflow/studies``.

    Args:
        path: Of its file.
    """

    path: Path

    @property
    def sheet(self) -> Path | None:
        """The slides that it brings; None where it wants those of the user."""
        found = self.path.with_suffix(".csv")
        return found if found.is_file() else None

    @cached_property
    def _parts(self) -> tuple[str, str]:
        """The file as it stands, and the section behind it."""
        head, section, rest = self.path.read_text(encoding="utf-8").partition(VARIANTS)
        return (head + "\n", section + rest) if section else (head, "")

    @cached_property
    def variants(self) -> dict[str, Mapping[str, Any]]:
        """Name to settings."""
        found = editor().load(self._parts[1]) or {}
        return dict(found.get("variants", {}))

    def content(self, variant: str | None = None) -> Any:
        """The study, without its variants.

        Raises:
            StudyError: There is no variant of that name; names those that there are.
        """
        content = editor().load(self._parts[0])
        if variant is not None:
            lay_over(content, self._settings(variant))
        return content

    def is_simulated(self, variant: str | None = None) -> bool:
        """Whether it makes slides of its own."""
        return bool((self.content(variant).get("tile") or {}).get("phantom"))

    def write(self, target: Path, variant: str | None = None, settings: Mapping[str, Any] | None = None) -> None:
        """Writes a ``params.yaml``: a study as it stands byte by byte, a variant with its own comment above all else.

        Args:
            target: Where.
            variant: None for the file as it stands.
            settings: Laid over the variant.

        Raises:
            StudyError: See :meth:`content`.
        """
        if variant is None and not settings:
            write_text(target, self._parts[0])
            return
        content = self.content(variant)
        lay_over(content, settings or {})
        with aside(target) as partial, partial.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in (self._note(variant) if variant else ()))
            editor().dump(content, file)

    def check_slides(self, variant: str | None = None) -> None:
        """Raises StudyError where it brings no slides, or a variant has no use for those that it simulates."""
        study = f"study {self.path.stem!r}"
        if self.sheet is None:
            raise StudyError(f"{study} needs slides", where="--slides", fix="add --slides FOLDER")
        if self.is_simulated() and not self.is_simulated(variant):
            fix = "add --slides FOLDER, or leave out --variant"
            raise StudyError(f"variant {variant!r} of {study} needs slides", where="--slides", fix=fix)

    def named(self, root: Path, variant: str | None = None) -> str:
        """Its file below ``root``, the variant that was taken, and which others there are."""
        source, others = str(self.path.relative_to(root)), [name for name in self.variants if name != variant]
        if variant is None:
            return f"{source} as it stands" + (f"; its variants: {', '.join(others)}" if others else "")
        return f"{source}, variant {variant}; other variants: {', '.join(others) or 'none'}"

    def _note(self, variant: str) -> list[str]:
        """What the file says of a variant in the lines above its name."""
        lines = self._parts[1].splitlines()
        place = next(number for number, line in enumerate(lines) if line.startswith(f"  {variant}:"))
        above = list(takewhile(lambda line: line.startswith("  #"), reversed(lines[:place])))
        return [f"# Variant {variant}:", *(line.strip() for line in reversed(above)), "#"]

    def _settings(self, variant: str) -> Mapping[str, Any]:
        if variant in self.variants:
            return self.variants[variant]
        known = f"choose one of: {', '.join(self.variants)}" if self.variants else "leave it out: there are none"
        raise StudyError(f"no variant {variant!r} of study {self.path.stem!r}", where="--variant", fix=known)


def find_ready(folder: Path, name: str) -> ReadyMade:
    """The ready-made study of that name; raises StudyError where the folder has none, and names those that it has."""
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
        raise StudyError(f"no ready-made study {name!r}", where=str(folder), fix=f"choose one of: {known}")
    return ReadyMade(path)


def variants_below(folder: Path) -> str:
    """The variants of all studies of a folder, for a help text: ``diffusion (paper), sensitivity (fine, wide)``."""
    studies = [ReadyMade(path) for path in sorted(folder.glob("*.yaml"))]
    return ", ".join(f"{own.path.stem} ({', '.join(own.variants)})" for own in studies if own.variants)
