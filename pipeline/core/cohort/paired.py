"""Patients drawn by hash: whose registered partners may be learned from. Fewer are always among more."""

from collections.abc import Iterable

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.errors import ProductError
from pipeline.core.seeds import derive


def paired_patients(cohort: Cohort, *, source: str, target: str) -> set[str]:
    """Training patients with a usable slide of ``target`` that is registered to one of ``source``."""
    return {member.patient for member, _ in cohort.paired(source=source, target=target, split="train")}


def registered(cohort: Cohort, *, source: str, target: str, split: str = "train") -> list[tuple[Member, Member]]:
    """(source, target) slides of a split that are registered to each other, whichever of them the sheet calls so.

    Raises:
        ProductError: Two of them differ in their tiles.
    """
    turned = [(a, b) for b, a in cohort.paired(source=target, target=source, split=split)]
    found = [*cohort.paired(source=source, target=target, split=split), *turned]
    for one, other in found:
        if one.tiles != other.tiles:
            raise ProductError(
                f"registered slides have {one.tiles} and {other.tiles} tiles",
                where=f"{one.slide}, {other.slide}",
                fix="tile both again; a registered slide takes its partner's grid",
            )
    return found


def by_hash(patients: Iterable[str], seed: int, *purpose: str | int) -> list[str]:
    """Patients in an order that depends on each of them alone: whoever joins or leaves moves no two others.

    Args:
        patients: Their names; twice is once.
        seed: The study's.
        purpose: What the order is for.
    """
    return sorted(set(patients), key=lambda patient: (derive(seed, *purpose, patient), patient))


def few_patients(patients: Iterable[str], count: int, *, seed: int, repeat: int) -> frozenset[str]:
    """The ``count`` patients whose registered partners translators and arms of a repeat may learn from.

    They are the first of an order that the repeat draws: the two are among the four, and every translator and arm
    of a repeat has the same ones.

    Args:
        patients: Training patients with a registered partner, as :func:`paired_patients` finds them.
        count: ``pairs`` in params.yaml.
        seed: The study's.
        repeat: Of the drawing.

    Raises:
        ProductError: There are fewer.
    """
    order = by_hash(patients, seed, "pairs", repeat)
    if len(order) < count:
        raise ProductError(
            f"{count} training patients with a registered partner are asked for, and {len(order)} are usable",
            where="params.yaml: pairs",
            fix="lower pairs; data/tiles/quarantine.csv says which slides are not used, and why",
        )
    return frozenset(order[:count])
