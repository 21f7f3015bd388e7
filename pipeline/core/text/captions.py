"""Captions: what is said of each tile, by templates over what is known of it, or in a file."""

from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Member
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.store.store import TileStore
from pipeline.core.text.caption_file import CaptionFile, read_captions
from pipeline.core.text.templates import LABEL, fields_of, fill

Said = tuple[str, ...]  # the captions of a tile, which take turns; none where there is nothing to say


class Captions:
    """A source of captions.

    Args:
        source: ``templates``, or nothing where there is a ``file``; whether they may be ``partial``.
        file: CSV; see :func:`pipeline.core.text.caption_file.read_captions`.
    """

    def __init__(self, source: Json, file: Path | None = None) -> None:
        self.templates: list[str] = source["templates"]
        self.partial: bool = source["partial"]
        self.file: CaptionFile | None = read_captions(file) if file else None

    def of(self, member: Member) -> list[Said]:
        """Those of every tile of a slide.

        A tile has as many as there are templates, or none where one of them names what is not known of it; of a file
        its own, or where it has none those of its slide.
        """
        store = TileStore(member.store)
        if self.file:
            return self.file.of(member.slide, store.column("xy"))
        facts = {"slide_id": member.slide, "patient_id": member.patient, "site": member.site, "stain": member.stain}
        if not any(LABEL in fields_of(template) for template in self.templates):
            return [self._filled({**facts, LABEL: ""})] * member.tiles
        names, column = _labels(store)
        by_class = [self._filled({**facts, LABEL: name}) for name in [*names, ""]]
        return [by_class[label] for label in column]  # -1 is the last

    def _filled(self, values: dict[str, str]) -> Said:
        said = tuple(fill(template, values) for template in self.templates)
        return said if all(said) else ()


def require_all(said: dict[str, list[Said]], name: str) -> None:
    """Raises ProductError where tiles have no caption.

    Args:
        said: By slide, of every tile.
        name: Of the source in params.yaml.
    """
    lacking = {slide: sum(not own for own in tiles) for slide, tiles in said.items()}
    without = {slide: count for slide, count in lacking.items() if count}
    if without:
        tiles = sum(map(len, said.values()))
        some = ", ".join(f"{slide} ({count} of {len(said[slide])})" for slide, count in list(without.items())[:5])
        raise ProductError(
            f"{sum(without.values())} of {tiles} training tiles have no caption; of slides {some}",
            where=f"params.yaml: pretrain.captions.{name}",
            fix="caption them, leave {label} out of the templates, or set partial: true to learn without these tiles",
        )


def _labels(store: TileStore) -> tuple[list[str], np.ndarray]:
    """Names of the classes, and int (tile,) the place of each tile's class among them; -1 = none."""
    if not store.has(LABEL):
        return [], np.full(len(store), -1)
    return list(store.attributes["label_names"]), store.column(LABEL)
