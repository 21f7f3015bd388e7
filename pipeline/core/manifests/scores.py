"""What ``evaluate`` says of whatever it scored: encoders, translators, normalisers, and all of them together."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.core.manifests.manifest import Manifest

Said = Literal["better", "no difference shown", "worse"]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Estimate(_Frozen):
    """A value and its 95 % interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


class Record(_Frozen):
    """One score: what was measured on the patients of a domain. Its arrays lie in the ``.npz``, below ``key``.

    Args:
        task: What was asked.
        domain: Whose patients; see :mod:`pipeline.core.measures.domains`.
        name: Of the score; stands before the metrics that its pool gives, such as ``few`` in ``few/accuracy``.
        pool: Class of :mod:`pipeline.core.measures.pools` that turns a resample of patients into metrics.
        patients: How many; their names are an array.
        n: Tiles, or slides, behind it.
        paired: Digest of what was measured: subjects with the same one can be compared patient by patient.
    """

    task: str
    domain: str
    name: str
    pool: str
    patients: int
    n: int
    paired: str

    @property
    def key(self) -> str:
        """Where its arrays lie."""
        return "/".join(part for part in (self.task, self.domain, self.name, self.pool) if part)


class TargetCount(_Frozen):
    """Tiles with a target, by class where there are ``classes``, of training and of test patients.

    ``threshold`` is what of 255 a positive pixel is above, where the task has such a thing.
    """

    classes: tuple[str, ...]
    train: tuple[int, ...]
    test: tuple[int, ...]
    threshold: int | None = None


class ScoresManifest(Manifest):
    """The scores of one subject.

    Args:
        subject: Arm, translator or normaliser.
        seed: Its repeat; None where there is but one.
        records: In the order in which figures list them.
        scores: ``.npz`` with the records' arrays.
        digest: Of that file.
        targets: What the tasks of an encoder's probes have to learn from.
    """

    subject: str
    seed: int | None = None
    records: tuple[Record, ...]
    scores: Path
    digest: str
    targets: dict[str, TargetCount] = Field(default_factory=dict)


class Extent(_Frozen):
    """How many patients, and tiles of theirs, a task was tested on."""

    patients: int
    tiles: int


class Comparison(_Frozen):
    """The metric in which arms are compared in a task, and on whom, by domain."""

    metric: str
    domains: dict[str, Extent]


class Verdict(_Frozen):
    """What the figures say about an arm against its baseline, in one domain of a task.

    Args:
        task: What was asked.
        domain: Whose patients.
        arm: Which.
        role: What the arm is for.
        baseline: The arm it is compared with.
        gain: Difference to that in the task's metric.
        said: ``better`` or ``worse`` only where the interval leaves zero out.
        baseline_sd: Standard deviation of the metric over the baseline's seeds; None with one seed.
        within_seeds: The gain is no larger than that, which is what a control should show.
    """

    task: str
    domain: str
    arm: str
    role: str
    baseline: str
    gain: Estimate
    said: Said
    baseline_sd: float | None
    within_seeds: bool | None


class ScoreFile(_Frozen):
    """A subject's score file, and its digest."""

    scores: Path
    digest: str


class SummaryManifest(Manifest):
    """All that was scored.

    Args:
        members: ``encoders/arm/seed``, ``translators/name`` and ``normalization``.
        comparisons: By task of the probes.
        verdicts: Of every arm that has a baseline.
        digests: Of both files.
        figures: Every figure with its interval, tidy CSV.
        metrics: Some ten numbers of them, JSON.
    """

    members: dict[str, ScoreFile]
    comparisons: dict[str, Comparison]
    verdicts: tuple[Verdict, ...]
    digests: dict[str, str]
    figures: Path
    metrics: Path
