"""A synthetic cohort as later phases read it, once its gates are passed: one that is no use stops the run."""

from collections.abc import Sequence

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.console import console
from pipeline.core.errors import GateError, ProductError
from pipeline.core.index import prune
from pipeline.core.job import Job
from pipeline.core.manifests.cohorts import ClassCount, CohortManifest, PartManifest, PlanManifest
from pipeline.core.manifests.translators import Gate, TranslatorManifest
from pipeline.synthesize.painted import KNOWN, MEASURED, figures, painted_pairs, real_pairs, sample, shown

# figure -> (limit in params.yaml, whether the limit is the least, what a failure means)
GATES = {
    "shown": ("min_shown", True, "its masks do not show the classes that they were asked to show"),
    "consistency": ("min_consistency", True, "its tissue does not show the nuclei of its masks"),
    "copied": ("max_copied", False, "it gives back tiles that the painter was trained on"),
    "distance": ("max_distance", False, "it looks like no real tissue"),
}
TOLD = ("copied", "distance")  # figures that real tiles are compared with


def make_cohort(job: Job) -> CohortManifest:
    """Lists the slides of a cohort, counts what was asked and got, and compares its quality with the limits.

    Measured are a sample of the painted tiles, the training tiles that the painter saw, and those of training patients
    whom it did not see. A figure that does not exist, such as copies where it saw every patient, is skipped.

    Args:
        job: Reads the real ``cohort``, the ``plan``, the ``painter`` and the ``parts``; its spec holds the limits and
            the ``stains`` of ``tissue`` and ``masks``.

    Raises:
        GateError: A figure is on the wrong side of its limit.
        ProductError: A generator saw a test patient, or its training slides are gone.
    """
    plan, painter = PlanManifest.read(job.inputs["plan"]), TranslatorManifest.read(job.inputs["painter"])
    parts = [PartManifest.read(path) for _, path in sorted(job.groups["parts"].items())]
    cohort, ends = Cohort.read(job.inputs["cohort"]), job.spec["stains"]
    cohort.forbid_test(plan.patients, str(job.inputs["plan"]))
    seen, others = real_pairs(cohort, painter.patients, source=ends["masks"], target=ends["tissue"])
    known, made = sample(seen, KNOWN), sample(painted_pairs(parts), MEASURED)
    if known is None or made is None:
        fix = f"train it again: synpriv translate train {painter.translator} {painter.repeat}"
        raise ProductError("the slides that the painter was trained on are gone", where=painter.translator, fix=fix)
    counts = _added([part.counts for part in parts])
    values = {"shown": shown(counts), **figures(made, known, sample(others, MEASURED))}
    patients = len({tissue.patient for _, tissue in others})
    gates = {name: _compare(job, name, values[name], patients) for name in GATES}
    _refuse(job, gates, painter.translator)
    prune(job.manifest.parent, [job.manifest, job.inputs["plan"], *job.groups["parts"].values()])
    slides = {slide.slide: slide.model_dump(mode="json") for part in parts for slide in (part.tissue, part.masks)}
    return CohortManifest(
        members=slides,
        provenance=parts[0].provenance,
        patients=plan.patients,
        tiles=sum(part.tissue.tiles for part in parts),
        sets=plan.sets,
        counts=counts,
        exact=sum(part.exact for part in parts),
        gates=gates,
    )


def _added(parts: Sequence[dict[str, ClassCount]]) -> dict[str, ClassCount]:
    """The counts of all parts."""
    return {
        name: ClassCount(**{key: sum(getattr(part[name], key) for part in parts) for key in ClassCount.model_fields})
        for name in parts[0]
    }


def _compare(job: Job, name: str, value: float | None, patients: int) -> Gate:
    """A figure against its limit; those that are compared with real tiles say of how many other patients."""
    key, least, _ = GATES[name]
    limit = job.spec[key]
    passed = None if value is None else (value >= limit if least else value <= limit)
    return Gate(value=value, limit=limit, passed=passed, patients=patients if name in TOLD else 0)


def _refuse(job: Job, gates: dict[str, Gate], painter: str) -> None:
    """Raises GateError where a gate failed; says which were skipped."""
    (cohort,), parts = job.key, []
    for name, gate in gates.items():
        limit, least, meaning = GATES[name]
        if gate.value is None:
            console.print(f"{cohort}: gate {name} skipped: nothing to measure it on")
        elif not gate.passed:
            side = "below" if least else "above"
            parts.append(f"{name} {gate.value:.3f} is {side} {limit} {gate.limit:g}: {meaning}")
    if parts:
        raise GateError(
            f"synthetic cohort {cohort!r} failed its gates: {'; '.join(parts)}",
            where=f"{job.manifest.parent}; the samples of {painter!r} show what it paints",
            fix=f"raise translate.{painter}.steps or that of its masks, train on more slides, or move the limit under "
            "synthesize.gates",
        )
