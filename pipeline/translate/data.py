"""What a translator learns from: the training slides of its two stains."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member, joined, stores_of
from pipeline.core.cohort.paired import by_hash, few_patients, registered
from pipeline.core.diffusion.conditions import check_classes
from pipeline.core.files import Json
from pipeline.core.store.rows import Rows
from pipeline.core.translation.panel import examples
from pipeline.translate.held_back import held_back

IMAGES = {"source": ("source", "image"), "target": ("target", "image")}
BLOCK = 256  # masks looked at together
HELD = 16  # tiles
Ends = Mapping[str, Sequence[Member]]


@dataclass(frozen=True)
class Data:
    """Arrays of tiles on disk, by the names that a learner knows them by; row by row of one tissue where ``aligned``.

    ``source`` and ``target`` of most, (tile, y, x, c); generators read masks and instances in place of a source.
    ``patients`` are those whose tiles are among them, ``held_back`` those kept from the translator for its gates.
    ``examples`` are rows of each to look at during training, in memory; registered where the translator sees
    registered slides. ``held`` are likewise rows of those held back, of the stains that they have slides of.
    """

    arrays: dict[str, Rows]
    aligned: bool
    patients: list[str]
    held_back: list[str]
    examples: dict[str, np.ndarray]
    held: dict[str, np.ndarray]

    @property
    def tiles(self) -> int:
        """How many there are: of several that are not aligned, of the first."""
        return len(next(iter(self.arrays.values())))

    @property
    def size(self) -> int:
        """Side of a tile in stored pixels."""
        return next(iter(self.arrays.values())).shape[1]


def read_data(cohort: Cohort, spec: Json, *, repeat: int, any_pixels: bool = False) -> Data:
    """Reads the training slides that a translator may see.

    Args:
        cohort: Usable slides.
        spec: The study's ``seed``; ``source`` and ``target`` stains; ``pairing``: ``paired`` takes registered slides
            only, ``unpaired`` all slides of both stains, registered or not; ``pairs``: how many patients the target
            is seen of, or None; ``held_back``: the share of patients that is kept for the gates. Of generators
            ``reads``, name of an array to whose it is and its name there, and the names of ``classes``; one that reads
            its target alone has no source, pairing or pairs.
        repeat: Draws the patients of ``pairs``.
        any_pixels: The method reads any number of channels, of 8 or 16 bits, and not 8-bit RGB alone.

    Raises:
        ProductError: There are none, or a mask has an id of no class.
    """
    reads = spec.get("reads", IMAGES)
    ends = {end: spec[end] for end in ("source", "target") if spec[end] is not None}
    pairs = registered(cohort, **ends) if len(ends) > 1 else []
    having = {source.patient for source, _ in pairs}
    few = few_patients(having, spec["pairs"], seed=spec["seed"], repeat=repeat) if spec["pairs"] else None
    pairs = [pair for pair in pairs if few is None or pair[0].patient in few]
    if spec["pairing"] == "paired":
        found = {"source": [a for a, _ in pairs], "target": [b for _, b in pairs]}
    else:
        found = {end: cohort.select(stain=stain, split="train") for end, stain in ends.items()}
        found["target"] = [member for member in found["target"] if few is None or member.patient in few]
    kept = _held_back(spec, [_patients(members) for members in found.values()], having, few)
    seen = {end: [member for member in members if member.patient not in kept] for end, members in found.items()}
    shown = [pair for pair in pairs if pair[0].patient not in kept]
    drawn = dict(zip(ends, zip(*shown, strict=True), strict=True)) if shown else seen
    if "classes" in spec:
        _check_ids(seen, reads, spec["classes"])
    read = partial(_arrays, reads=reads, any_pixels=any_pixels)
    unseen = {
        end: [m for m in cohort.select(stain=stain, split="train") if m.patient in kept] for end, stain in ends.items()
    }
    known = {name: place for name, place in reads.items() if unseen[place[0]]}
    return Data(
        read(seen),
        aligned=spec["pairing"] == "paired" or len(ends) == 1,
        patients=sorted(_patients(member for members in seen.values() for member in members)),
        held_back=kept,
        examples=examples(read(drawn)),
        held=examples(read(unseen, reads=known), HELD),
    )


def _arrays(members: Ends, reads: Mapping[str, Sequence[str]], any_pixels: bool) -> dict[str, Rows]:
    """The arrays that a learner reads."""
    return {
        name: joined(members[end], any_pixels=any_pixels) if array == "image" else Rows(stores_of(members[end]), array)
        for name, (end, array) in reads.items()
    }


def _check_ids(members: Ends, reads: Mapping[str, Sequence[str]], classes: Sequence[str]) -> None:
    for end in {end for end, array in reads.values() if array == "mask"}:
        for member in members[end]:
            check_classes(Rows([member.store], "mask").blocks(BLOCK), len(classes), where=member.slide)


def _held_back(spec: Json, ends: list[set[str]], having: set[str], few: frozenset[str] | None) -> list[str]:
    """Who is kept for the gates: none of the ``few`` where others have registered partners, which gates need most."""
    spare = having - few if few else set()
    if spare and spec["pairing"] == "paired":
        return sorted(spare)  # it sees none of them anyway
    order = by_hash(spare or few or ends[0], spec["seed"], "held_back")
    order.sort(key=lambda patient: patient not in having)
    return held_back(order, spec["held_back"], *ends)


def _patients(members: Iterable[Member]) -> set[str]:
    return {member.patient for member in members}
