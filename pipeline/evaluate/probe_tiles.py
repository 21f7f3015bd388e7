"""The tiles that probes learn from and are tested on: those of the primary stain that have a target."""

from dataclasses import dataclass, field

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.errors import ProductError
from pipeline.core.manifests.scores import TargetCount
from pipeline.core.store.store import TileStore
from pipeline.core.tasks.task import Task, has_target


@dataclass(frozen=True)
class ProbeTiles:
    """Tiles that have a target in any task, in slide order.

    Args:
        slide: str (tile,).
        row: int64 (tile,), the tile's row in its store.
        patient: str (tile,).
        site: str (tile,).
        test: bool (tile,); the others are training tiles.
        seen: bool (tile,); the site has a training patient.
        tissue: float32 (tile,), the share of the tile that is tissue.
        targets: Task to int64 (tile,) classes, -1 = none, or to float64 (tile,) values, NaN = none.
        names: Task to class names; none where targets are values.
        thresholds: Task to what a positive pixel is above; None where there is no such thing.
    """

    slide: np.ndarray
    row: np.ndarray
    patient: np.ndarray
    site: np.ndarray
    test: np.ndarray
    seen: np.ndarray
    tissue: np.ndarray
    targets: dict[str, np.ndarray]
    names: dict[str, tuple[str, ...]]
    thresholds: dict[str, int | None] = field(default_factory=dict)

    def split(self, task: str) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the training and of the test tiles that have a target in a task: ascending int64 each."""
        known = has_target(self.targets[task])
        return np.flatnonzero(known & ~self.test), np.flatnonzero(known & self.test)

    def counts(self) -> dict[str, TargetCount]:
        """How many tiles have a target, by task, and by class where there are classes."""
        return {task: self._count(task) for task in self.targets}

    def _count(self, task: str) -> TargetCount:
        names, target = self.names[task], self.targets[task]
        parts = self.split(task)
        train, test = (np.bincount(target[p], minlength=len(names)) if names else np.array([len(p)]) for p in parts)
        found = {"train": tuple(train.tolist()), "test": tuple(test.tolist())}
        return TargetCount(classes=names, threshold=self.thresholds.get(task), **found)


def read_tiles(cohort: Cohort, tasks: dict[str, Task]) -> ProbeTiles:
    """Collects the tiles of train and test slides that have a target.

    Raises:
        ProductError: A task has no test tile with a target, fewer than two classes, a class that no
            training tile has, or values that are all the same.
    """
    members = [m for m in cohort.select(stain=cohort.primary) if m.split in ("train", "test")]
    if not members:
        raise ProductError("no slide to test on", where="the cohort", fix="check stain and split columns")
    found = {name: task.targets(cohort, members) for name, task in tasks.items()}
    sites = cohort.sites_seen()
    facts = ((m.slide, m.patient, m.site, m.split == "test", m.site in sites) for m in members)
    counts = [m.tiles for m in members]
    slide, patient, site, test, seen = (np.repeat(np.array(column), counts) for column in zip(*facts, strict=True))
    row = np.concatenate([np.arange(count) for count in counts])
    tissue = np.concatenate([TileStore(m.store).column("tissue") for m in members])
    targets = {name: np.concatenate([own.rows[m.slide] for m in members]) for name, own in found.items()}
    kept = np.any([has_target(target) for target in targets.values()], axis=0)
    tiles = ProbeTiles(
        slide=slide[kept],
        row=row[kept],
        patient=patient[kept],
        site=site[kept],
        test=test[kept],
        seen=seen[kept],
        tissue=tissue[kept],
        targets={name: target[kept] for name, target in targets.items()},
        names={name: own.names for name, own in found.items()},
        thresholds={name: own.threshold for name, own in found.items()},
    )
    for name, task in tasks.items():
        _check(name, tiles, continuous=task.continuous)
    return tiles


def _check(task: str, tiles: ProbeTiles, *, continuous: bool) -> None:
    where = f"evaluate.tasks.{task}"
    train, test = tiles.split(task)
    if not len(test):
        raise ProductError(
            "no labelled tile of a test patient",
            where=where,
            fix="put labelled patients in the test split; in a study with folds, choose fewer, or another seed",
        )
    learned = set(tiles.targets[task][train].tolist())
    if continuous:
        if len(learned) < 2:
            raise ProductError(
                f"expected training tiles of two values or more, found {len(learned)}",
                where=where,
                fix="register slides of the stain to training slides, or change the threshold",
            )
        return
    names = tiles.names[task]
    missing = [name for index, name in enumerate(names) if index not in learned]
    if missing or len(names) < 2:
        raise ProductError(
            f"expected training tiles of two classes or more, none missing; found classes {', '.join(names)}, "
            f"without a training tile: {', '.join(missing) or 'none'}",
            where=where,
            fix="label training patients of every class, or change the split; in a study with folds, leave out a class "
            "that so few patients have, or choose another seed",
        )
