"""A finished study, and the gains that its figures tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from pathlib import Path

from pipeline.core.errors import ProductError, StudyError
from pipeline.core.manifests.scores import Estimate, Kind, Said, SummaryManifest
from pipeline.core.measures.figures import POOLED, Figure, read_figures
from pipeline.evaluate.comparison import GAIN, GAINED
from pipeline.study.evaluate import SUMMARY
from pipeline.study.study import PARAMS, load_study

ORDER: tuple[Kind, ...] = ("headline", "named", "published", "control", "colour")  # of verdicts on the same two


@dataclass(frozen=True)
class Asked:
    """What is to be compared: of each what the user names, nothing for what suits.

    Args:
        arms: All that are compared.
        against: What gains are over; by default a study's baselines.
        task: All tasks.
        metric: With a probe before it, as in ``few/auroc``; by default the one that the report judges a task in.
    """

    arms: Sequence[str] = ()
    against: str | None = None
    task: str | None = None
    metric: str | None = None


@dataclass(frozen=True)
class Gain:
    """A gain of an arm in a domain of a task, and the verdict on it; None where there is none."""

    study: str
    arm: str
    against: str
    task: str
    metric: str
    domain: str
    estimate: Estimate
    said: Said | None

    @property
    def compared(self) -> tuple[str, str, str, str]:
        """What other studies may have, too: arm, against, task and metric."""
        return self.arm, self.against, self.task, self.metric


@dataclass(frozen=True)
class Finished:
    """A study whose figures are there.

    Args:
        folder: Of the study.
        name: As it is told.
    """

    folder: Path
    name: str

    def gains(self, asked: Asked) -> list[Gain]:
        """The gains that are asked for, in the order of the figures.

        Raises:
            ProductError: The study was not run.
            StudyError: It has none of these; names what it has.
        """
        rows = [row for row in self._figures if row.against and row.seed == POOLED and row.metric.endswith(GAIN)]
        if not rows:
            raise StudyError(f"study {self.name!r} compares nothing", where=str(self.folder), fix="leave it out")
        rows = self._those(rows, "task", "in task", [asked.task] if asked.task else [])
        if asked.metric:
            rows = self._those(rows, "metric", "in metric", [asked.metric.removesuffix(GAIN) + GAIN])
        else:
            rows = [row for row in rows if row.metric == _judged(rows, row.task)]
        return list(map(self._gain, self._over(self._those(rows, "arm", "of arm", asked.arms), asked)))

    def _over(self, rows: list[Figure], asked: Asked) -> list[Figure]:
        """Those over what is asked for; every arm that is named has to have one."""
        over = [asked.against] if asked.against else self._baselines
        found = [row for row in rows if row.against in over]
        lacking = [arm for arm in asked.arms if not any(row.arm == arm for row in found)]
        if lacking or not found:
            of = f"of arm {lacking[0]!r} " if lacking else ""
            known = [row.against for row in rows if not lacking or row.arm == lacking[0]]
            raise self._none(f"{of}over {' or '.join(map(repr, over)) or 'a baseline'}", "against", known)
        return found

    def _those(self, rows: list[Figure], column: str, said: str, named: Sequence[str]) -> list[Figure]:
        """The rows of those that are named, each of which has to be there; all where none is."""
        known = [getattr(row, column) for row in rows]
        for name in named:
            if name not in known:
                raise self._none(f"{said} {name.removesuffix(GAIN)!r}", column, known)
        return [row for row, value in zip(rows, known, strict=True) if not named or value in named]

    def _none(self, what: str, option: str, known: Iterable[str]) -> StudyError:
        names = ", ".join(dict.fromkeys(name.removesuffix(GAIN) for name in known))
        fix = f"choose --{option} of: {names}" if names else "name another"
        return StudyError(f"study {self.name!r} has no gain {what}", where=str(self.folder), fix=fix)

    @cached_property
    def _figures(self) -> list[Figure]:
        path = self.folder / SUMMARY.outputs["figures"]
        if not path.is_file():
            fix = f"run it: snakemake --directory {self.folder} --cores all"
            raise ProductError(f"study {self.name!r} has no results yet", where=str(path), fix=fix)
        return read_figures(path)

    @cached_property
    def _baselines(self) -> list[str]:
        """Of encoders and of segmenters."""
        study = load_study(self.folder / PARAMS)
        return [name for name in (study.evaluate.baseline, study.segment.baseline) if name]

    @cached_property
    def _verdicts(self) -> dict[tuple[str, ...], Said]:
        """What the report says; nothing where the figures came without it."""
        path = self.folder / SUMMARY.outputs["manifest"]
        if not path.is_file():
            return {}
        summary = SummaryManifest.read(path)
        judged = {task: scope.metric for task, scope in {**summary.tested, **summary.segmented}.items()}
        ranked = sorted(summary.verdicts, key=lambda verdict: -ORDER.index(verdict.kind))  # the first comes last
        return {(v.arm, v.against, v.task, judged[v.task], v.domain): v.said for v in ranked if v.task in judged}

    def _gain(self, row: Figure) -> Gain:
        value, low, high = (None if isnan(end) else end for end in (row.value, row.ci_low, row.ci_high))
        metric = row.metric.removesuffix(GAIN)
        said = self._verdicts.get((row.arm, row.against, row.task, metric, row.split))
        estimate = Estimate(value=value, low=low, high=high)
        return Gain(self.name, row.arm, row.against, row.task, metric, row.split, estimate, said)


def _judged(rows: list[Figure], task: str) -> str | None:
    """The first metric of those that arms are judged in that has gains in a task."""
    found = {row.metric for row in rows if row.task == task}
    return next((metric + GAIN for metric in GAINED if metric + GAIN in found), None)
