"""The index of a phase: what later phases read of it."""

from pathlib import Path
from typing import TypeVar

from pydantic import ConfigDict

from pipeline.core.files import Json
from pipeline.core.manifests.manifest import Manifest

M = TypeVar("M", bound=Manifest)


class IndexManifest(Manifest):
    """The manifests of a phase's members, by name."""

    members: dict[str, Json]


class AnyIndexManifest(IndexManifest):
    """The same, of whatever else says more beside it."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def read_members(path: Path, kind: type[M]) -> dict[str, M]:
    """The members of a phase's index as manifests of their kind, in the order of names."""
    return {name: kind.model_validate(member) for name, member in sorted(AnyIndexManifest.read(path).members.items())}
