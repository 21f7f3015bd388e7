"""The captions of an arm's tiles as one table of sentences, which the tiles point to."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Member
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.text.captions import Captions, Said, require_all
from pipeline.pretrain import samples


@dataclass(frozen=True)
class CaptionTable:
    """Captions of tiles.

    Args:
        texts: Every sentence once, in the order of the alphabet.
        rows: int64 (tile, turn), positions in ``texts``; where a tile has fewer captions than another, they come again.
    """

    texts: tuple[str, ...]
    rows: np.ndarray

    @classmethod
    def of(cls, said: Sequence[Said]) -> tuple["CaptionTable", np.ndarray]:
        """The table of those tiles that have a caption, and which these are, ascending int64.

        Raises:
            ProductError: No tile has one.
        """
        told = np.flatnonzero([bool(own) for own in said])
        if not len(told):
            fix = "look at slide_id, x and y of the file, or at what the templates name"
            raise ProductError("no training tile has a caption", where="params.yaml: pretrain.captions", fix=fix)
        said = [said[tile] for tile in told.tolist()]
        texts = sorted({text for own in said for text in own})
        place = {text: position for position, text in enumerate(texts)}
        turns = max(map(len, said))
        rows = np.array([[place[own[turn % len(own)]] for turn in range(turns)] for own in said], np.int64)
        return cls(tuple(texts), rows), told


def captions_of(spec: Json, path: Path | None) -> samples.Captions:
    """What says the captions of an arm.

    Args:
        spec: Of its job: the ``captions`` as the study has them, and the ``arm`` that names them.
        path: Of their file; None where they are templates.

    Returns:
        A function from slides to every sentence once, the positions in them of each told tile's, int64 (told tile,
        turn), and which tiles are told of, ascending int64. It raises ProductError where a tile lacks a caption.
    """
    source = Captions(spec["captions"], path)

    def told(members: Sequence[Member]) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
        said = {member.slide: source.of(member) for member in members}
        if not source.partial:
            require_all(said, spec["arm"]["captions"])
        table, kept = CaptionTable.of([own for tiles in said.values() for own in tiles])
        return table.texts, table.rows, kept

    return told
