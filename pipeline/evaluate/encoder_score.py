"""One encoder: its features of the tiles with targets, and what the probes predict from them."""

from functools import partial

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.digests import digest_file
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.measures.records import save_scores
from pipeline.core.networks.encoder import load_encoder
from pipeline.core.seeds import derive
from pipeline.evaluate.features import colour_numbers, measure
from pipeline.evaluate.probe_scores import probe_scores, tiles_of
from pipeline.evaluate.probe_tiles import ProbeTiles

MAPPED = 2000


def score_encoder(job: Job) -> ScoresManifest:
    """Writes the predictions of every probe for every test tile with a target.

    Beside the scores, the ``.npz`` holds of at most MAPPED test tiles ``map/embeddings`` float16 (tile,
    features), ``map/slide``, ``map/row``, ``map/site``, and ``map/target/T`` of every task: class names,
    empty = none, or values, NaN = none.

    Args:
        job: Inputs ``cohort`` and ``encoder``, code ``task/K`` of every kind K of task, output ``scores``.
    """
    trained = EncoderManifest.read(job.inputs["encoder"])
    cohort = Cohort.read(job.inputs["cohort"])
    cohort.forbid_test(trained.patients, str(job.inputs["encoder"]))
    tiles, batch, path = tiles_of(job, cohort), job.spec["batch"], job.outputs["scores"]
    embed = partial(load_encoder(trained.folder).embed, batch=batch)
    features, colours = measure(cohort, tiles, batch, embed, colour_numbers)
    scores = probe_scores(tiles, features, job.spec, colours)
    records = save_scores(path, scores, _map(tiles, features, job.spec["seed"]))
    return ScoresManifest(
        payload=(path,),
        subject=trained.arm,
        seed=trained.seed,
        fold=job.fold,
        records=records,
        scores=path,
        digest=digest_file(path),
        targets=tiles.counts(),
    )


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
