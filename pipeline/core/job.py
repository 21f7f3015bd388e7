"""One job: what it makes, from what, by which phase's code."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.provenance import Json, produce


@dataclass(frozen=True)
class Job:
    """A job of the plan.

    Args:
        phase: The phase whose code runs.
        rule: The rule's name; the same in Snakemake.
        key: What the job is about: slide, translator, arm and seed; empty for one of a kind.
        manifest: ``X.json`` of the product, relative to the study.
        inputs: Every file the job reads; manifests stand for the stores they vouch for.
        spec: All the job depends on beside files and code: plain JSON.
    """

    phase: str
    rule: str
    key: tuple[str, ...]
    manifest: Path
    inputs: tuple[Path, ...]
    spec: Json

    @property
    def folder(self) -> Path:
        """Where the payload of a product that is a folder lies: ``X`` beside ``X.json``."""
        return self.manifest.with_name(self.manifest.name.removesuffix(".json"))

    @property
    def store(self) -> Path:
        """Where the tile store of the product lies: ``X.zarr`` beside ``X.json``."""
        return self.folder.with_name(self.folder.name + ".zarr")

    def to_json(self) -> str:
        """One line of sorted JSON, for a command's ``--spec``."""
        fields = {
            "phase": self.phase,
            "rule": self.rule,
            "key": self.key,
            "manifest": self.manifest.as_posix(),
            "inputs": [path.as_posix() for path in self.inputs],
            "spec": self.spec,
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Job":
        fields = json.loads(text)
        return cls(
            phase=fields["phase"],
            rule=fields["rule"],
            key=tuple(fields["key"]),
            manifest=Path(fields["manifest"]),
            inputs=tuple(map(Path, fields["inputs"])),
            spec=fields["spec"],
        )

    def run(self, make: Callable[["Job"], Json]) -> None:
        """Makes the product: payload by ``make``, then recipe, then the manifest that ``make`` returns."""
        produce(self.phase, self.manifest, self.spec, self.inputs, lambda: make(self))
