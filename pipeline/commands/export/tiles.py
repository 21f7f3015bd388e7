"""What is exported: the tiles of complete slides."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.core.errors import ProductError
from pipeline.core.files import Json, read_json
from pipeline.core.store.store import TileStore
from pipeline.study.layout import OUTPUT


@dataclass(frozen=True)
class Tiles:
    """The tiles of one complete slide.

    Args:
        manifest: Of its tile store.
    """

    manifest: Json

    @cached_property
    def store(self) -> TileStore:
        return TileStore(Path(self.manifest["store"]))

    @property
    def slide(self) -> str:
        return str(self.manifest["slide"])

    @property
    def side_level0(self) -> float:
        """Side of a tile, level-0 pixels; need not be whole."""
        return float(self.manifest["size"] * self.manifest["mpp"] / self.manifest["level0"]["mpp"])


def read_tiles(names: Sequence[str] = ()) -> list[Tiles]:
    """The tiles of the slides asked for, else of all complete ones of the study in this folder.

    Raises:
        ProductError: A slide has no tiles, or there are none at all.
    """
    paths = [path for path in sorted(OUTPUT["tile"].glob("*.json")) if not path.name.endswith(".recipe.json")]
    found = {path.stem: read_json(path) for path in paths if path.stem != "index"}
    complete = [name for name, manifest in found.items() if manifest["status"] == "complete"]
    for name in names:
        if name not in complete:
            error = f"is quarantined: {found[name]['error']}" if name in found else "has no tiles"
            fix = f"complete are: {', '.join(complete[:20]) or 'none'}"
            raise ProductError(f"slide {name!r} {error}", where=OUTPUT["tile"].as_posix(), fix=fix)
    chosen = list(dict.fromkeys(names)) or complete
    if not chosen:
        raise ProductError("no complete slide", where=OUTPUT["tile"].as_posix(), fix="cut tiles first: 'snakemake'")
    return [Tiles(found[name]) for name in chosen]
