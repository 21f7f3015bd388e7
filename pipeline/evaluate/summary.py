"""All that was scored: figures with intervals, and what they say."""

import math
from collections.abc import Iterator

from pipeline.core.digests import digest_file
from pipeline.core.files import write_json
from pipeline.core.index import prune
from pipeline.core.job import Files, Job
from pipeline.core.manifests.scores import Comparison, Extent, ScoreFile, ScoresManifest, SummaryManifest
from pipeline.core.measures.bootstrap import estimate
from pipeline.core.measures.figures import POOLED, Figure, write_figures
from pipeline.evaluate.comparison import Against, compare, gained, verdicts
from pipeline.evaluate.headline import headline
from pipeline.evaluate.replicates import Bootstrap, Replicates, replicate_all

ENCODERS = "encoders"


def summarize(job: Job) -> SummaryManifest:
    """Writes every figure with its interval, and the headline.

    Args:
        job: Groups of score manifests, those of the ``encoders`` among them, and inputs, which are score
            manifests of one of a kind; its spec gives ``seed``, ``bootstrap`` (how many resamples), the
            ``baseline`` and of every arm its ``role`` and ``baseline``; outputs ``figures`` and ``metrics``.
    """
    read = {group: _read(files) for group, files in [*sorted(job.groups.items()), ("", job.inputs)]}
    bootstrap = Bootstrap(job.spec["seed"], job.spec["bootstrap"])
    replicates = {group: replicate_all(members.values(), bootstrap) for group, members in read.items()}
    arms = replicates.get(ENCODERS, [])
    against = compare(arms, job.spec["arms"])
    said = tuple(verdicts(arms, against, job.spec["arms"]))
    comparisons = _comparisons(arms)
    figures, metrics = job.outputs["figures"], job.outputs["metrics"]
    rows = (row for group, own in replicates.items() for row in _rows(own, against if group == ENCODERS else {}))
    write_figures(figures, rows)
    write_json(metrics, headline(job.spec["baseline"], arms, comparisons, said))
    prune(job.manifest.parent, [job.manifest, *job.files()])
    members = {f"{group}/{name}".strip("/"): m for group, own in read.items() for name, m in own.items()}
    return SummaryManifest(
        payload=(figures, metrics),
        members={name: ScoreFile(scores=member.scores, digest=member.digest) for name, member in members.items()},
        comparisons=comparisons,
        verdicts=said,
        digests={path.name: digest_file(path) for path in (figures, metrics)},
        figures=figures,
        metrics=metrics,
    )


def _read(files: Files) -> dict[str, ScoresManifest]:
    return {name: ScoresManifest.read(path) for name, path in sorted(files.items())}


def _comparisons(arms: list[Replicates]) -> dict[str, Comparison]:
    """On whom the arms were tested, by task; all arms on the same tiles."""
    tested: dict[str, dict[str, Extent]] = {}
    metrics = {}
    for arm in arms:
        metrics[arm.task] = metric = gained(arm)
        behind = arm.measured[metric]
        tested.setdefault(arm.task, {})[arm.domain] = Extent(patients=len(behind.patients), tiles=behind.n)
    return {task: Comparison(metric=metric, domains=tested[task]) for task, metric in metrics.items()}


def _rows(replicates: list[Replicates], against: Against) -> Iterator[Figure]:
    """Every seed by itself, then POOLED, the mean over seeds, with what was found against the baseline."""
    for own in replicates:
        place = own.task, own.domain, own.subject
        found = [(str(seed), metrics) for seed, metrics in own.seeds.items()]
        behind = own.measured[next(iter(own.measured))].n  # of a comparison: that of every probe
        for seed, metrics in [*found, (POOLED, {**own.pooled, **against.get(place, {})})]:
            for metric, resamples in metrics.items():
                e = estimate(resamples)
                value, low, high = (math.nan if x is None else x for x in (e.value, e.low, e.high))
                n = own.measured[metric].n if metric in own.measured else behind
                yield Figure(own.subject, seed, own.task, own.domain, metric, value, low, high, n)
