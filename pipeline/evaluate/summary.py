"""All that was scored: figures with intervals, and what they say."""

import math
from collections.abc import Iterable, Iterator

from pipeline.core.digests import digest_file
from pipeline.core.files import Json, write_json
from pipeline.core.index import prune
from pipeline.core.job import Files, Job
from pipeline.core.manifests.scores import Estimate, Extent, Scope, ScoreFile, ScoresManifest, SummaryManifest, Verdict
from pipeline.core.measures.figures import POOLED, Figure, write_figures
from pipeline.core.measures.interval import spread
from pipeline.evaluate.comparison import ACCURACY, GAIN, REDUCTION, Comparison, compare_all, gained, is_judged
from pipeline.evaluate.headline import headline, of_segmenters
from pipeline.evaluate.ranges import range_of, scale_of
from pipeline.evaluate.replicates import Replicates, replicate_all
from pipeline.evaluate.verdicts import judge

ENCODERS, SEGMENTERS = "encoders", "segmenters"


def summarize(job: Job) -> SummaryManifest:
    """Writes every figure with its interval, and the headline.

    Args:
        job: Groups of score manifests, those of the ``encoders`` among them; its spec gives the ``baseline``, what
            a patient stands for as ``unit``, and of every arm what :func:`pipeline.evaluate.verdicts.judge` asks for,
            and all that it is compared with as ``against``; of ``segmenters``, where there are some, the same; outputs
            ``figures`` and ``metrics``.
    """
    spec = job.spec
    read = {group: _read(files) for group, files in sorted(job.groups.items())}
    replicates = {group: replicate_all(members.values()) for group, members in read.items()}
    arms = replicates.get(ENCODERS, [])
    segmenters, asked = replicates.get(SEGMENTERS, []), spec.get(SEGMENTERS, {"baseline": None, "arms": {}})
    compared, verdicts = _judged(arms, spec)
    among, said = _judged(segmenters, asked)  # a family of comparisons of their own
    figures, metrics = job.outputs["figures"], job.outputs["metrics"]
    everyone = (own for group in replicates.values() for own in group)
    write_figures(figures, [*_rows(everyone), *_compared([*compared, *among])])
    found = headline(spec["baseline"], arms, verdicts) | of_segmenters(asked["baseline"], segmenters, said)
    write_json(metrics, found)
    prune(job.manifest.parent, [job.manifest, *job.files()])
    members = {f"{group}/{name}": m for group, own in read.items() for name, m in own.items()}
    return SummaryManifest(
        payload=(figures, metrics),
        members={name: ScoreFile(scores=member.scores, digest=member.digest) for name, member in members.items()},
        unit=spec["unit"],
        tested=_tested(arms),
        segmented=_tested(segmenters),
        verdicts=(*verdicts, *said),
        digests={path.name: digest_file(path) for path in (figures, metrics)},
        figures=figures,
        metrics=metrics,
    )


def _read(files: Files) -> dict[str, ScoresManifest]:
    return {name: ScoresManifest.read(path) for name, path in sorted(files.items())}


def _judged(arms: list[Replicates], asked: Json) -> tuple[list[Comparison], list[Verdict]]:
    """What arms of one kind are compared with, and what that shows."""
    compared = list(compare_all(arms, {name: arm["against"] for name, arm in asked["arms"].items()}))
    return compared, judge(compared, asked["arms"], asked["baseline"])


def _tested(arms: list[Replicates]) -> dict[str, Scope]:
    """On whom the arms were tested, by task; all arms on the same tiles."""
    found: dict[str, dict[str, Extent]] = {}
    metrics = {}
    for arm in filter(is_judged, arms):
        metrics[arm.task] = metric = gained(arm)
        behind = arm.measured[metric]
        found.setdefault(arm.task, {})[arm.domain] = Extent(patients=len(behind.patients), tiles=behind.n)
    return {task: Scope(metric=metric, domains=found[task]) for task, metric in metrics.items()}


def _rows(subjects: Iterable[Replicates]) -> Iterator[Figure]:
    """Every seed by itself, then POOLED, the mean over seeds."""
    for own in subjects:
        each = [(str(seed), slice(place, place + 1)) for place, seed in enumerate(own.seeds)]
        for seed, part in [*each, (POOLED, slice(None))]:
            for metric, values in own.values.items():
                found = spread(values[part]).estimate(scale_of(metric), range_of(metric))
                yield _figure(own, seed, metric, "", found, own.measured[metric].n)


def _compared(compared: list[Comparison]) -> Iterator[Figure]:
    for c in compared:
        for metric, gain in c.gains.items():
            found = gain.estimate("log" if metric.endswith(REDUCTION) else "plain")
            behind = c.arm.measured[metric.removesuffix(GAIN).replace(REDUCTION, ACCURACY)].n
            yield _figure(c.arm, POOLED, metric, c.base.subject, found, behind)


def _figure(own: Replicates, seed: str, metric: str, against: str, found: Estimate, n: int) -> Figure:
    value, low, high = (math.nan if x is None else x for x in (found.value, found.low, found.high))
    return Figure(own.subject, seed, own.task, own.domain, metric, against, value, low, high, n)
