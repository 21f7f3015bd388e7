"""Training patients that a translator is not shown, so that its gates can be measured on them."""

from collections.abc import Collection, Sequence


def held_back(pool: Sequence[str], share: float, *ends: Collection[str]) -> list[str]:
    """The first of ``pool``: a share of it, one at least, and none where ``share`` is 0.

    Whoever is the last one with slides to learn from stays.

    Args:
        pool: Patients in the order in which they are held back.
        share: Of the pool.
        ends: Patients with slides of the source, and patients with slides of the target.
    """
    wanted = max(1, round(share * len(pool))) if share else 0
    kept: list[str] = []
    for patient in pool:
        without = {*kept, patient}
        if len(kept) < wanted and all(set(end) - without for end in ends):
            kept.append(patient)
    return sorted(kept)
