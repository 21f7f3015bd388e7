"""What probes of a fixed encoder tell from tiles as a normaliser leaves them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.errors import ProductError
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.measures.records import NORMALIZE, Score
from pipeline.core.networks.encoder import Encoder, load_encoder
from pipeline.evaluate.judged import Judged
from pipeline.evaluate.probe_scores import probe_scores, tiles_of
from pipeline.evaluate.probe_tiles import ProbeTiles


class Downstream:
    """The tiles that the study's tasks ask about, and the encoders that look at them.

    Args:
        job: Its group ``encoders`` has the manifests of the fixed arm's, by seed; code ``task/K`` of every kind K of
            task; its spec as :func:`pipeline.evaluate.probe_scores.probe_scores` asks for it.
        cohort: Slides with their targets.
    """

    def __init__(self, job: Job, cohort: Cohort) -> None:
        trained = {path: EncoderManifest.read(path) for path in job.groups["encoders"].values()}
        for path, encoder in trained.items():
            cohort.forbid_test(encoder.patients, str(path))
        self.encoders = [load_encoder(encoder.folder) for encoder in trained.values()]
        self.tiles, self.spec = tiles_of(job, cohort), job.spec

    def scores(self, runs: list[list[Judged]]) -> Iterator[Score]:
        """Those of every repeat of a normaliser, on the sampled tiles alone.

        Repeats of normaliser and encoder take turns, as many as there are of the more numerous, so that each is used;
        the seed of a score counts these pairs.

        Args:
            runs: The slides of each repeat; the same tiles.
        """
        for number in range(max(len(runs), len(self.encoders))):
            slides, encoder = runs[number % len(runs)], self.encoders[number % len(self.encoders)]
            tiles = sampled(self.tiles, {own.slide: own.rows for own in slides})
            features = _embedded(tiles, {own.slide: own for own in slides}, encoder, self.spec["batch"])
            for score in probe_scores(tiles, features, self.spec):
                yield replace(score, task=f"{NORMALIZE}/{score.task}", seed=number)


def sampled(tiles: ProbeTiles, rows: Mapping[str, np.ndarray]) -> ProbeTiles:
    """The tiles of a sample.

    Args:
        tiles: All with a target.
        rows: Slide to the rows of its sample.

    Raises:
        ProductError: No slide with a target is among them; a class, or all tiles of a task, has no training tile there,
            or no tile is tested.
    """
    pairs = zip(tiles.slide.tolist(), tiles.row.tolist(), strict=True)
    known = {(slide, row) for slide, own in rows.items() for row in own.tolist()}
    kept = np.array([pair in known for pair in pairs])
    if rows.keys().isdisjoint(tiles.slide.tolist()):
        message = "the fixed encoder learns from slides of another stain"
        raise ProductError(message, where="normalize.stains", fix="name that stain too, or no evaluate.fixed")
    columns = ("slide", "row", "patient", "site", "test", "seen", "tissue")
    found = replace(
        tiles,
        **{name: getattr(tiles, name)[kept] for name in columns},
        targets={task: target[kept] for task, target in tiles.targets.items()},
    )
    for task, count in found.counts().items():
        if 0 in count.train or not sum(count.test):
            raise ProductError(
                f"the sample has no training tile of a class, or no test tile: {count.train} and {count.test}",
                where=f"evaluate.tasks.{task}",
                fix="raise normalize.per_slide",
            )
    return found


def _embedded(tiles: ProbeTiles, slides: Mapping[str, Judged], encoder: Encoder, batch: int) -> np.ndarray:
    """Features float32 (tile, feature), slide by slide."""
    parts = []
    for slide in dict.fromkeys(tiles.slide.tolist()):
        own = slides[slide]
        images = own.after()[np.searchsorted(own.rows, tiles.row[tiles.slide == slide])]
        parts.append(encoder.embed(images, batch))
    return np.concatenate(parts)


def load_downstream(job: Job, cohort: Cohort) -> Downstream | None:
    """What a job asks of a fixed encoder; None where the study fixes none."""
    return Downstream(job, cohort) if "encoders" in job.groups else None
