"""What a study says of its segmenters in sentences: how well the baseline does, and what made pictures come to."""

from collections import Counter
from collections.abc import Iterator, Mapping

from pipeline.core.manifests.scores import UNSAID, Scope, Verdict
from pipeline.core.measures.records import SEGMENT
from pipeline.report.cells import interval
from pipeline.report.figures import ABSENT, Figures
from pipeline.report.lead import SITES, tally

DICE = "dice"


def segmenter_lead(
    figures: Figures, scope: Scope, said: Mapping[str, list[Verdict]], baseline: str | None, unit: str
) -> Iterator[str]:
    """How well the baseline does, on whom, and what the arms that see made pictures come to beside it.

    Args:
        figures: Of the study.
        scope: On whom segmenters were tested.
        said: Domain to the verdicts on segmenters.
        baseline: Of the study.
        unit: What was tested, such as patients.
    """
    patients = {domain: extent.patients for domain, extent in scope.domains.items()}
    told = []
    for domain in scope.domains:
        cell = interval(figures.get(baseline or "", SEGMENT, domain, DICE))
        if cell.value != ABSENT:
            told.append(f"{' '.join((cell.value, *cell.below))} on {SITES[domain]}")
    tested = f"tested were {tally({SEGMENT: patients}, unit)}."
    yield (
        f"“{baseline}” reaches a Dice of {' and '.join(told)}; {tested}"
        if told
        else f"“{baseline}” has no Dice, for test tiles have no labels and it found nothing; {tested}"
    )
    own = [v for verdicts in said.values() for v in verdicts if v.role == "synthetic" and v.against == baseline]
    if not own:
        return
    counts = Counter[str](v.said for v in own)
    if set(counts) <= {"too few to say"}:
        yield (
            f"Too few to say whether pictures that were made help: at most {max(v.patients for v in own)} {unit} were "
            f"tested in one place and {max(v.seeds for v in own)} segmenters trained of each kind."
        )
        return
    order = ("better", "no difference shown", "worse", *UNSAID)
    listed = ", ".join(f"{verdict} in {counts[verdict]}" for verdict in order if counts[verdict])
    yield f"Beside it, segmenters that see pictures that were made: {listed} of {len(own)} comparisons."
