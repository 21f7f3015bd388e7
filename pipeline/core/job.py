"""One job: what it makes, from what, with which code."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline.core.files import Json

Files = Mapping[str, Path]


@dataclass(frozen=True)
class Job:
    """A job of the plan. Its maker is a function of the job that writes the payload and returns the manifest.

    Args:
        phase: The phase it belongs to.
        rule: The rule's name; the same in Snakemake.
        key: What the job is about: slide, translator, arm and seed; empty for one of a kind.
        code: ``package.module:attribute`` of the ``maker``, and of every method that it loads by name.
        inputs: Every file the job reads, by name; a manifest stands for the store it vouches for.
        outputs: Every file and folder the job writes, by name; one is the ``manifest``. Relative to the study.
        spec: All the job depends on beside files and code: plain JSON.
        groups: Files of one kind that are read together: group, then name, to path.
        fold: Whose it is; empty where nothing is folded, and of what all folds share.
        scratch: Where a checkpoint may lie while it runs; nobody reads it afterwards.
    """

    phase: str
    rule: str
    key: tuple[str, ...]
    code: Mapping[str, str]
    inputs: Files
    outputs: Files
    spec: Json
    groups: Mapping[str, Files] = field(default_factory=dict)
    fold: str = ""
    scratch: Path | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """Rule, fold where there are folds, and key: no other job of a study has it."""
        return (self.rule, *([self.fold] if self.fold else []), *self.key)

    @property
    def manifest(self) -> Path:
        """``X.json`` of the product: it exists when the product is complete."""
        return self.outputs["manifest"]

    def files(self) -> list[Path]:
        """Every file the job reads."""
        return [*self.inputs.values(), *(path for group in self.groups.values() for path in group.values())]

    def moved(self, place: Callable[[Path], Path], fold: str) -> "Job":
        """The same job of another fold, with all its files elsewhere."""

        def files(named: Files) -> dict[str, Path]:
            return {name: place(path) for name, path in named.items()}

        groups = {name: files(group) for name, group in self.groups.items()}
        return replace(self, fold=fold, inputs=files(self.inputs), outputs=files(self.outputs), groups=groups)

    def load(self, name: str) -> Any:
        """The maker, or a method: what ``code`` names."""
        module, _, attribute = self.code[name].partition(":")
        return getattr(import_module(module), attribute)

    def to_json(self) -> str:
        """One line of sorted JSON, for a command's ``--spec``."""
        fields = {
            "phase": self.phase,
            "rule": self.rule,
            "key": self.key,
            "code": dict(self.code),
            "inputs": _text(self.inputs),
            "outputs": _text(self.outputs),
            "groups": {name: _text(group) for name, group in self.groups.items()},
            "spec": self.spec,
            "fold": self.fold,
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Job":
        """The job that :meth:`to_json` wrote."""
        fields = json.loads(text)
        return cls(
            phase=fields["phase"],
            rule=fields["rule"],
            key=tuple(fields["key"]),
            code=fields["code"],
            inputs=_paths(fields["inputs"]),
            outputs=_paths(fields["outputs"]),
            groups={name: _paths(group) for name, group in fields["groups"].items()},
            spec=fields["spec"],
            fold=fields["fold"],
        )


def _text(files: Files) -> dict[str, str]:
    return {name: path.as_posix() for name, path in files.items()}


def _paths(files: Mapping[str, str]) -> dict[str, Path]:
    return {name: Path(path) for name, path in files.items()}
