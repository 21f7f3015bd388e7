"""The gates: a translator that is no use stops the run before anything learns from it."""

from collections.abc import Mapping, Sequence

from pipeline.core.console import console
from pipeline.core.errors import GateError
from pipeline.core.index import prune
from pipeline.core.job import Job
from pipeline.core.manifests.translators import (
    Gate,
    GateManifest,
    PooledQuality,
    Quality,
    TranslatorManifest,
    ViewManifest,
)

# figure -> (limit in params.yaml, whether the limit is the least, what a failure means)
GATES = {
    "agreement": ("min_agreement", True, "it resembles the real view no more than another tile's does"),
    "nuclei": ("min_nuclei", True, "it does not show the nuclei of its source"),
    "cycle_jump": ("max_cycle_jump", False, "it hides its source in noise"),
}
SHOWN = 5  # patients whom a message names


def make_gate(job: Job) -> GateManifest:
    """Pools the quality of slides that the translator was not trained on and compares it with the limits.

    They are those of the training patients that were held back from it, and of all other patients outside the test
    split that it did not see. A figure that does not exist (nobody was held back, no registered partner, no way
    back) is skipped.

    Args:
        job: Reads the manifests of a ``translator`` and of its privileged slides, the ``members``; its spec holds
            the limits.

    Raises:
        GateError: A figure is on the wrong side of its limit, or it would be measured on what was trained on.
    """
    translator, paths = TranslatorManifest.read(job.inputs["translator"]), job.groups["members"]
    members = {name: ViewManifest.read(path) for name, path in sorted(paths.items())}
    usable = [member for member in members.values() if member.quality is not None]
    measured = [member for member in usable if member.split != "test" and _is_unseen(member.patient, translator)]
    patients = tuple(sorted({member.patient for member in measured}))
    _forbid_seen(patients, translator, str(job.manifest))
    gates = {
        figure: _compare(measured, figure, job.spec[limit], least=least) for figure, (limit, least, _) in GATES.items()
    }
    for figure, gate in gates.items():
        if gate.value is None:
            where = "no slide outside the test split that it was not trained on has it"
            console.print(f"{translator.translator} {translator.repeat}: gate {figure} skipped: {where}")
    failed = [figure for figure, gate in gates.items() if gate.passed is False]
    if failed:
        raise _refusal(job, failed, gates, patients)
    prune(job.manifest.parent, [job.manifest, *paths.values()])
    return GateManifest(
        translator=translator.translator,
        repeat=translator.repeat,
        source=usable[0].source if usable else None,
        target=usable[0].target if usable else None,
        members=members,
        patients=patients,
        quality=pool(measured),
        gates=gates,
    )


def _is_unseen(patient: str, translator: TranslatorManifest) -> bool:
    """Whether the gates count on the translator not knowing the patient."""
    return patient in translator.held_back or patient not in translator.patients


def _forbid_seen(patients: Sequence[str], translator: TranslatorManifest, where: str) -> None:
    seen = sorted(set(patients) & set(translator.patients))
    if seen:
        raise GateError(
            f"translator {translator.translator!r} was trained on patients whom its gates would be measured on: "
            + ", ".join(seen),
            where=where,
            fix=f"train it again without them: synpriv translate train {translator.translator} {translator.repeat}",
        )


def pool(members: Sequence[ViewManifest]) -> PooledQuality:
    """Means of every figure over slides, weighted by tiles; None where no slide has it."""
    means = {figure: _mean(members, figure) for figure in Quality.model_fields}
    return PooledQuality(slides=len(members), tiles=sum(member.tiles for member in members), **means)


def _mean(members: Sequence[ViewManifest], figure: str) -> float | None:
    having = _having(members, figure)
    total = sum(member.tiles for _, member in having)
    return sum(value * member.tiles for value, member in having) / total if total else None


def _having(members: Sequence[ViewManifest], figure: str) -> list[tuple[float, ViewManifest]]:
    """The members that have a figure, and what it is."""
    found = [(getattr(member.quality, figure), member) for member in members]
    return [(value, member) for value, member in found if value is not None]


def _compare(members: Sequence[ViewManifest], figure: str, limit: float, *, least: bool) -> Gate:
    """A pooled figure against its limit, which is the ``least`` it may be or the most."""
    value = _mean(members, figure)
    passed = None if value is None else (value >= limit if least else value <= limit)
    patients = len({member.patient for _, member in _having(members, figure)})
    return Gate(value=value, limit=limit, passed=passed, patients=patients)


def _refusal(job: Job, failed: Sequence[str], gates: Mapping[str, Gate], patients: Sequence[str]) -> GateError:
    translator, parts = job.key[0], []
    for figure in failed:
        limit, least, meaning = GATES[figure]
        side = "below" if least else "above"
        parts.append(f"{figure} {gates[figure].value:.3f} is {side} {limit} {gates[figure].limit:g}: {meaning}")
    whose = ", ".join(patients[:SHOWN]) + (f" and {len(patients) - SHOWN} more" if len(patients) > SHOWN else "")
    return GateError(
        f"translator {translator!r} failed its gates: {'; '.join(parts)}",
        where=f"{job.manifest.parent}, measured on {whose}; the translator's samples show it",
        fix=f"raise translate.{translator}.steps, train on more slides, or move the limit under synthesize.gates",
    )
