"""The gates: a translator that is no use stops the run before anything learns from it."""

from pathlib import Path

from pipeline.core.console import console
from pipeline.core.errors import GateError
from pipeline.core.files import Json, read_json
from pipeline.core.index import prune
from pipeline.core.job import Job

FIGURES = ("agreement", "l1", "ssim", "nuclei", "cycle", "cycle_uint8", "cycle_noise", "cycle_jump")
# figure -> (limit in params.yaml, whether the limit is the least, what a failure means)
GATES = {
    "agreement": ("min_agreement", True, "it resembles the real view no more than another tile's does"),
    "nuclei": ("min_nuclei", True, "it does not show the nuclei of its source"),
    "cycle_jump": ("max_cycle_jump", False, "it hides its source in noise"),
}


def make_gate(job: Job) -> Json:
    """Pools the quality of the slides outside the test split and compares it with the limits.

    A figure that does not exist (no registered partner, no way back) is not judged.

    Args:
        job: Reads the manifests of a translator's privileged slides; its spec holds the limits.

    Returns:
        ``members``, pooled ``quality`` and ``gates``.

    Raises:
        GateError: A figure is on the wrong side of its limit.
    """
    members = {name: read_json(Path(path)) for name, path in sorted(job.spec["members"].items())}
    usable = [member for member in members.values() if member["status"] == "complete"]
    pooled = pool([member for member in usable if member["split"] != "test"])
    gates = {figure: _judge(pooled[figure], job.spec[limit], least) for figure, (limit, least, _) in GATES.items()}
    for figure, gate in gates.items():
        if gate["value"] is None:
            console.print(f"{job.spec['translator']}: gate {figure} skipped: no slide outside the test split has it")
    failed = [figure for figure, gate in gates.items() if gate["passed"] is False]
    if failed:
        raise _refusal(job.spec["translator"], failed, gates)
    prune(job.manifest.parent, [job.manifest, *job.inputs])
    ends = {key: usable[0][key] for key in ("source", "target")} if usable else {"source": None, "target": None}
    return {
        "status": "complete",
        "translator": job.spec["translator"],
        **ends,
        "members": members,
        "quality": pooled,
        "gates": gates,
    }


def pool(members: list[Json]) -> Json:
    """Means of every figure over slides, weighted by tiles; None where no slide has it."""
    means: Json = {}
    for figure in FIGURES:
        having = [(m["quality"][figure], m["tiles"]) for m in members if m["quality"][figure] is not None]
        total = sum(tiles for _, tiles in having)
        means[figure] = sum(value * tiles for value, tiles in having) / total if total else None
    return {"slides": len(members), "tiles": sum(m["tiles"] for m in members), **means}


def _judge(value: float | None, limit: float, least: bool) -> Json:
    passed = None if value is None else (value >= limit if least else value <= limit)
    return {"value": value, "limit": limit, "passed": passed}


def _refusal(translator: str, failed: list[str], gates: Json) -> GateError:
    parts = []
    for figure in failed:
        limit, least, meaning = GATES[figure]
        value = gates[figure]["value"]
        side = "below" if least else "above"
        parts.append(f"{figure} {value:.3f} is {side} {limit} {gates[figure]['limit']:g}: {meaning}")
    return GateError(
        f"translator {translator!r} failed its gates: {'; '.join(parts)}",
        where=f"data/privileged/{translator}; pictures in models/translators/{translator}/samples",
        fix=f"raise translate.{translator}.steps, train on more slides, or move the limit under synthesize.gates",
    )
