"""What is exported: slides that were cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from pipeline.core.errors import ProductError
from pipeline.core.manifests.slides import Level0, TileManifest
from pipeline.core.store.store import TileStore
from pipeline.study.tile import INDEX

T = TypeVar("T")


@dataclass(frozen=True)
class CompleteSlide:
    """A slide that was cut.

    Args:
        manifest: Of its tiles; complete.
    """

    manifest: TileManifest

    @cached_property
    def store(self) -> TileStore:
        return TileStore(self._known(self.manifest.store))

    @property
    def name(self) -> str:
        return self.manifest.slide

    @property
    def level0(self) -> Level0:
        """Its finest level; of many images, that of the first."""
        return self._known(self.manifest.level0)

    @property
    def mpp(self) -> float:
        """µm per stored pixel."""
        return self._known(self.manifest.mpp)

    @property
    def size(self) -> int:
        """Side of a tile, stored pixels."""
        return self._known(self.manifest.size)

    @property
    def overlap(self) -> int:
        """Of neighbouring tiles, stored pixels."""
        return max(0, self.size - self._known(self.manifest.stride))

    @property
    def side_level0(self) -> float:
        """Side of a tile, level-0 pixels; need not be whole."""
        return self.size * self.mpp / self.level0.mpp

    def _known(self, value: T | None) -> T:
        if value is None:
            raise TypeError(f"slide {self.name!r} is not complete")
        return value


def complete_slides(names: Sequence[str] = ()) -> list[CompleteSlide]:
    """The slides asked for, else all complete ones of the study in this folder.

    Raises:
        ProductError: A slide has no tiles, or there are none at all.
    """
    folder = INDEX.manifest().parent
    paths = [path for path in sorted(folder.glob("*.json")) if not path.name.endswith(".recipe.json")]
    found = {path.stem: TileManifest.read(path) for path in paths if path.stem != "index"}
    complete = [name for name, manifest in found.items() if manifest.status == "complete"]
    for name in names:
        if name not in complete:
            error = f"is quarantined: {found[name].error}" if name in found else "has no tiles"
            fix = f"complete are: {', '.join(complete[:20]) or 'none'}"
            raise ProductError(f"slide {name!r} {error}", where=folder.as_posix(), fix=fix)
    chosen = list(dict.fromkeys(names)) or complete
    if not chosen:
        raise ProductError("no complete slide", where=folder.as_posix(), fix="cut tiles first: 'snakemake'")
    return [CompleteSlide(found[name]) for name in chosen]
