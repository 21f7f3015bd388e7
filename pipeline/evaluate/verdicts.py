"""What the figures say about an arm against its baseline."""

from pipeline.core.files import Json
from pipeline.evaluate.figures import GAINED, Cell, numbers, rounded
from pipeline.evaluate.replicates import Domain


def verdict(cell: Cell, role: str, domain: Domain) -> Json:
    """The gain in few-label balanced accuracy, and whether its interval excludes zero.

    ``within_seeds``: the gain is no larger than the baseline's standard deviation over seeds, which is
    what a control should show; None with one seed.

    Args:
        cell: The arm, compared with its baseline.
        role: What it is for.
        domain: Where it was tested.
    """
    gain = cell.gain
    if gain is None or cell.base is None:
        raise ValueError(f"{cell.arm} is compared with nothing")
    spread = cell.base.deviation(GAINED)
    defined = gain.value is not None and gain.low is not None and gain.high is not None
    return {
        "role": role,
        "baseline": cell.base.arm,
        "gain": numbers(gain),
        "excludes_zero": bool(defined and (gain.low > 0 or gain.high < 0)),  # type: ignore[operator]
        "baseline_sd": rounded(spread),
        "within_seeds": None if spread is None or gain.value is None else abs(gain.value) <= spread,
        "n": domain.tiles,
        "patients": domain.patients,
    }
