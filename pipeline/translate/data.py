"""What a translator learns from: the training slides of its two stains."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member, joined
from pipeline.core.cohort.paired import by_hash, few_patients, paired_patients
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.store.rows import Rows
from pipeline.core.translation.panel import examples
from pipeline.translate.held_back import held_back

HELD = 16  # tiles


@dataclass(frozen=True)
class Data:
    """Tiles of source and target, (tile, y, x, c), on disk; registered row by row when the translator is paired.

    ``patients`` are those whose tiles are among them, ``held_back`` those kept from the translator for its gates.
    ``examples`` are (source, real target) rows to look at during training, in memory; registered where
    the translator sees registered slides. ``held`` are likewise rows of those held back; None where one stain has none.
    """

    source: Rows
    target: Rows
    patients: list[str]
    held_back: list[str]
    examples: tuple[np.ndarray, np.ndarray]
    held: tuple[np.ndarray, np.ndarray] | None


def read_data(cohort: Cohort, spec: Json, *, repeat: int, any_pixels: bool = False) -> Data:
    """Reads the training slides that a translator may see; raises ProductError when there are none.

    Args:
        cohort: Usable slides.
        spec: The study's ``seed``; ``source`` and ``target`` stains; ``pairing``: ``paired`` takes registered slides
            only, ``unpaired`` all slides of both stains, registered or not; ``pairs``: how many patients the target
            is seen of, or None; ``held_back``: the share of patients that is kept for the gates.
        repeat: Draws the patients of ``pairs``.
        any_pixels: The method reads any number of channels, of 8 or 16 bits, and not 8-bit RGB alone.
    """
    read = partial(joined, any_pixels=any_pixels)
    ends = {"source": spec["source"], "target": spec["target"]}
    pairs = cohort.paired(**ends, split="train")
    _check_rows(pairs)
    having = paired_patients(cohort, **ends)
    few = few_patients(having, spec["pairs"], seed=spec["seed"], repeat=repeat) if spec["pairs"] else None
    pairs = [pair for pair in pairs if few is None or pair[0].patient in few]
    if spec["pairing"] == "paired":
        sources, targets = [a for a, _ in pairs], [b for _, b in pairs]
    else:
        sources, targets = (cohort.select(stain=stain, split="train") for stain in ends.values())
        targets = [member for member in targets if few is None or member.patient in few]
    kept = _held_back(spec, _patients(sources), _patients(targets), having, few)
    sources, targets = ([member for member in end if member.patient not in kept] for end in (sources, targets))
    shown = [pair for pair in pairs if pair[0].patient not in kept]
    seen, real = zip(*shown, strict=True) if shown else (sources, targets)
    source, target, drawn = read(sources), read(targets), examples(read(seen), read(real))
    unseen = [[m for m in cohort.select(stain=stain, split="train") if m.patient in kept] for stain in ends.values()]
    held = examples(read(unseen[0]), read(unseen[1]), HELD) if all(unseen) else None
    return Data(source, target, sorted(_patients([*sources, *targets])), kept, drawn, held)


def _held_back(
    spec: Json, sources: set[str], targets: set[str], having: set[str], few: frozenset[str] | None
) -> list[str]:
    """Who is kept for the gates: none of the ``few`` where others have registered partners, which gates need most."""
    spare = having - few if few else set()
    if spare and spec["pairing"] == "paired":
        return sorted(spare)  # it sees none of them anyway
    order = by_hash(spare or few or sources, spec["seed"], "held_back")
    order.sort(key=lambda patient: patient not in having)
    return held_back(order, spec["held_back"], sources, targets)


def _patients(members: Iterable[Member]) -> set[str]:
    return {member.patient for member in members}


def _check_rows(pairs: list[tuple[Member, Member]]) -> None:
    for one, other in pairs:
        if one.tiles != other.tiles:
            raise ProductError(
                f"registered slides have {one.tiles} and {other.tiles} tiles",
                where=f"{one.slide}, {other.slide}",
                fix="tile both again; a registered slide takes its partner's grid",
            )
