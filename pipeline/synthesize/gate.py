"""The gates: a translator that is no use stops the run before anything learns from it."""

from collections.abc import Mapping, Sequence

from pipeline.core.console import console
from pipeline.core.errors import GateError
from pipeline.core.index import prune
from pipeline.core.job import Job
from pipeline.core.manifests.translators import Gate, GateManifest, PooledQuality, Quality, ViewManifest

# figure -> (limit in params.yaml, whether the limit is the least, what a failure means)
GATES = {
    "agreement": ("min_agreement", True, "it resembles the real view no more than another tile's does"),
    "nuclei": ("min_nuclei", True, "it does not show the nuclei of its source"),
    "cycle_jump": ("max_cycle_jump", False, "it hides its source in noise"),
}


def make_gate(job: Job) -> GateManifest:
    """Pools the quality of the slides outside the test split and compares it with the limits.

    A figure that does not exist (no registered partner, no way back) is skipped.

    Args:
        job: Reads the manifests of a translator's privileged slides, its ``members``; its spec holds
            ``translator`` and the limits.

    Raises:
        GateError: A figure is on the wrong side of its limit.
    """
    translator, paths = job.spec["translator"], job.groups["members"]
    members = {name: ViewManifest.read(path) for name, path in sorted(paths.items())}
    usable = [member for member in members.values() if member.quality is not None]
    pooled = pool([member for member in usable if member.split != "test"])
    gates = {
        figure: _compare(getattr(pooled, figure), job.spec[limit], least=least)
        for figure, (limit, least, _) in GATES.items()
    }
    for figure, gate in gates.items():
        if gate.value is None:
            console.print(f"{translator}: gate {figure} skipped: no slide outside the test split has it")
    failed = [figure for figure, gate in gates.items() if gate.passed is False]
    if failed:
        raise _refusal(job, failed, gates)
    prune(job.manifest.parent, [job.manifest, *paths.values()])
    return GateManifest(
        translator=translator,
        source=usable[0].source if usable else None,
        target=usable[0].target if usable else None,
        members=members,
        quality=pooled,
        gates=gates,
    )


def pool(members: Sequence[ViewManifest]) -> PooledQuality:
    """Means of every figure over slides, weighted by tiles; None where no slide has it."""
    means = {figure: _mean(members, figure) for figure in Quality.model_fields}
    return PooledQuality(slides=len(members), tiles=sum(member.tiles for member in members), **means)


def _mean(members: Sequence[ViewManifest], figure: str) -> float | None:
    found = [(getattr(member.quality, figure), member.tiles) for member in members]
    having = [(value, tiles) for value, tiles in found if value is not None]
    total = sum(tiles for _, tiles in having)
    return sum(value * tiles for value, tiles in having) / total if total else None


def _compare(value: float | None, limit: float, *, least: bool) -> Gate:
    """A figure against its limit, which is the ``least`` it may be or the most."""
    passed = None if value is None else (value >= limit if least else value <= limit)
    return Gate(value=value, limit=limit, passed=passed)


def _refusal(job: Job, failed: Sequence[str], gates: Mapping[str, Gate]) -> GateError:
    translator, parts = job.spec["translator"], []
    for figure in failed:
        limit, least, meaning = GATES[figure]
        side = "below" if least else "above"
        parts.append(f"{figure} {gates[figure].value:.3f} is {side} {limit} {gates[figure].limit:g}: {meaning}")
    return GateError(
        f"translator {translator!r} failed its gates: {'; '.join(parts)}",
        where=f"{job.manifest.parent}; the translator's samples show it",
        fix=f"raise translate.{translator}.steps, train on more slides, or move the limit under synthesize.gates",
    )
