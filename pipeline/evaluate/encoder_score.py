"""An arm: its encoders' features of the tiles with targets, and what the probes predict from them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.console import track
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.measures.records import Score
from pipeline.core.networks.encoder import load_encoder
from pipeline.core.networks.place import NAME
from pipeline.core.seeds import derive
from pipeline.evaluate.features import colour_numbers, measure
from pipeline.evaluate.probe_scores import probe_scores, tiles_of
from pipeline.evaluate.probe_tiles import ProbeTiles
from pipeline.evaluate.score_file import write_scores

MAPPED = 2000


def score_encoder(job: Job) -> ScoresManifest:
    """Writes the predictions of every seed's probes for every test tile with a target; tiles are read once for all.

    Beside the scores, the ``.npz`` holds of at most MAPPED test tiles ``map/embeddings`` float16 (tile,
    features) by the first seed, ``map/slide``, ``map/row``, ``map/site``, and ``map/target/T`` of every task: class
    names, empty = none, or values, NaN = none.

    Args:
        job: Its key is the arm; input ``cohort`` and, of an arm that reads a file of them, ``captions``; the manifests
            of the arm's encoders as group ``seeds``, code ``task/K`` of every kind K of task and, of an arm that reads
            captions, ``language``; output ``scores``.
    """
    cohort = Cohort.read(job.inputs["cohort"])
    trained = {path: EncoderManifest.read(path) for path in job.groups["seeds"].values()}
    for path, encoder in trained.items():
        cohort.forbid_test(encoder.patients, str(path))
    tiles, batch = tiles_of(job, cohort), job.spec["batch"]
    distinct = {_weights(encoder): encoder.folder for encoder in trained.values()}  # what is not trained is one
    encoders = {weights: load_encoder(folder) for weights, folder in distinct.items()}
    embeds = [partial(encoder.embed, batch=batch) for encoder in encoders.values()]
    colours, *features = measure(cohort, tiles, batch, colour_numbers, *embeds)
    by_weights = dict(zip(distinct, features, strict=True))
    by_seed = {encoder.seed: by_weights[_weights(encoder)] for encoder in trained.values()}
    scores = _scores(tiles, by_seed, job.spec, colours)
    if "language" in job.code:
        made = ((encoder, encoders[_weights(encoder)], by_seed[encoder.seed]) for encoder in trained.values())
        scores = chain(scores, job.load("language")(job, cohort, tiles, made))
    more = _map(tiles, features[0], job.spec["seed"])
    return write_scores(job, job.key[0], scores, targets=tiles.counts(), more=more)


def _scores(tiles: ProbeTiles, by_seed: Mapping[int, np.ndarray], spec: Json, colours: np.ndarray) -> Iterator[Score]:
    """Those of every seed, one after the other."""
    for seed, features in track(by_seed.items(), "Probing encoders"):
        yield from (replace(score, seed=seed) for score in probe_scores(tiles, features, spec, colours))


def _weights(encoder: EncoderManifest) -> tuple[str, str]:
    """What tells two encoders apart."""
    return encoder.weights[NAME], encoder.configs[NAME]


def _map(tiles: ProbeTiles, features: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """A random part of the test tiles, the same for every encoder."""
    test = np.flatnonzero(tiles.test)
    drawn = np.sort(np.random.default_rng(derive(seed, "map")).permutation(test)[:MAPPED])
    found = {"embeddings": features[drawn].astype(np.float16)}
    found |= {"slide": tiles.slide[drawn], "row": tiles.row[drawn], "site": tiles.site[drawn]}
    for task, names in tiles.names.items():
        target = tiles.targets[task][drawn]
        found[f"target/{task}"] = np.array([*names, ""])[target] if names else target
    return {f"map/{name}": column for name, column in found.items()}
