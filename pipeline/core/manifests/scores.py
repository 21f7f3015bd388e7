"""What ``evaluate`` says of whatever it scored: encoders, translators, normalisers, and all of them together."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.core.manifests.manifest import Manifest

Said = Literal["better", "no difference shown", "worse", "too few to say", "no verdict"]
CLAIMED = ("synthetic", "real")  # roles of the arms that a study is about
UNSAID: tuple[Said, ...] = ("too few to say", "no verdict")
Kind = Literal["headline", "published", "control", "named", "colour"]


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
        seed: Training run of the subject; None where it has no more than one.
    """

    task: str
    domain: str
    name: str
    pool: str
    patients: int
    n: int
    paired: str
    seed: int | None = None

    @property
    def key(self) -> str:
        """Where its arrays lie."""
        seed = "" if self.seed is None else str(self.seed)
        return "/".join(part for part in (self.task, self.domain, self.name, self.pool, seed) if part)


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
        subject: Arm, translator, segmenter or normaliser.
        fold: Whose test patients they are; empty where nothing is folded.
        records: In the order in which figures list them.
        scores: ``.npz`` with the records' arrays.
        digest: Of that file.
        targets: What the tasks of an encoder's probes have to learn from.
    """

    subject: str
    fold: str = ""
    records: tuple[Record, ...]
    scores: Path
    digest: str
    targets: dict[str, TargetCount] = Field(default_factory=dict)


class Extent(_Frozen):
    """How many patients, and tiles of theirs, a task was tested on."""

    patients: int
    tiles: int


class Scope(_Frozen):
    """The metric in which arms are compared in a task, and on whom, by domain."""

    metric: str
    domains: dict[str, Extent]


class Verdict(_Frozen):
    """What the figures say about an arm against another subject, in one domain of a task.

    Args:
        task: What was asked.
        domain: Whose patients.
        arm: Which.
        role: What the arm is for.
        against: The other one.
        kind: Why they are compared. ``headline``: against the better of the arms that differ from it in the view
            alone, or, where there are none, as published; an arm that the study keeps from tiles that others learn
            from has none. ``published``: against the arm without a privileged view. ``control``: one of the arms of
            the headline. ``named``: the study asks for it. ``colour``: what the arm's features add to the colours of a
            tile.
        gain: Difference in the task's metric.
        p: Two-sided; None where it has no interval. Of a headline below the better control the largest over
            all controls.
        holm: ``p`` after Holm's correction over all headlines and named comparisons of arms with a real or synthetic
            view; None for others.
        smallest: The smallest difference that is seen with a chance of 80 %, after that correction where it is made;
            None where there is no interval.
        said: ``better`` or ``worse`` only where the (corrected) p is below 5 %; ``too few to say`` of few patients
            or seeds; ``no verdict`` where the arm without a view that is trained alike tells no more than an untrained
            encoder does.
        patients: That were tested.
        seeds: Training runs that both have; those of the arm where the other has none.
    """

    task: str
    domain: str
    arm: str
    role: str
    against: str
    kind: Kind
    gain: Estimate
    p: float | None
    holm: float | None
    smallest: float | None
    said: Said
    patients: int
    seeds: int


class ScoreFile(_Frozen):
    """A subject's score file, and its digest."""

    scores: Path
    digest: str


class SummaryManifest(Manifest):
    """All that was scored.

    Args:
        members: ``encoders/arm``, ``translators/name/repeat``, ``segmenters/arm``, ``normalization/method`` and
            ``normalizers/trial``.
        unit: What a patient of the sheet stands for, in the plural.
        tested: By task of the probes.
        segmented: The same of segmenters; empty where there are none.
        verdicts: Of every comparison.
        digests: Of both files.
        figures: Every figure with its interval, tidy CSV.
        metrics: Some ten numbers of them, JSON.
    """

    members: dict[str, ScoreFile]
    unit: str
    tested: dict[str, Scope]
    segmented: dict[str, Scope] = {}
    verdicts: tuple[Verdict, ...]
    digests: dict[str, str]
    figures: Path
    metrics: Path
