"""One encoder: its features of the tiles with targets, and what the probes predict from them."""

from collections.abc import Iterator

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.digests import digest_bytes, digest_file
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.measures.domains import IN_DOMAIN, TESTED
from pipeline.core.measures.records import Score, save_scores
from pipeline.core.networks.encoder import load_encoder
from pipeline.core.seeds import derive
from pipeline.evaluate.features import embed
from pipeline.evaluate.probe_tiles import ProbeTiles, read_tiles
from pipeline.evaluate.probes import Predictions, predict, probes_of

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
    sections = sorted(job.spec["tasks"].items())
    tasks = {name: job.load(f"task/{section['kind']}")(section) for name, section in sections}
    tiles = read_tiles(cohort, tasks)
    features = embed(load_encoder(trained.folder), cohort, tiles, job.spec["batch"])
    scores = (score for task in tasks for score in _scores(task, tiles, _predict(task, tiles, features, job)))
    path = job.outputs["scores"]
    records = save_scores(path, scores, _map(tiles, features, job.spec["seed"]))
    return ScoresManifest(
        payload=(path,),
        subject=trained.arm,
        seed=trained.seed,
        fold=job.fold,
        records=records,
        scores=path,
        digest=digest_file(path),
        targets={task: tiles.count(task) for task in tasks},
    )


def _predict(task: str, tiles: ProbeTiles, features: np.ndarray, job: Job) -> Predictions:
    train, test = tiles.split(task)
    known = features[train], tiles.targets[task][train], tiles.patient[train]
    return predict(probes_of(tiles.names[task]), task, known, features[test], job.spec)


def _scores(task: str, tiles: ProbeTiles, predicted: Predictions) -> Iterator[Score]:
    """One score per domain and probe."""
    _, test = tiles.split(task)
    probes = probes_of(tiles.names[task])
    for domain in TESTED:
        here = tiles.seen[test] == (domain == IN_DOMAIN)
        rows = test[here]
        if not len(rows):
            continue
        patients, patient = np.unique(tiles.patient[rows], return_inverse=True)
        truth = tiles.targets[task][rows]
        paired = digest_bytes(*(column.tobytes() for column in (tiles.slide[rows], tiles.row[rows], truth)))
        for name, values in predicted.items():
            pool = probes.pool(truth, patient.astype(np.int32), values[:, here])
            yield Score(task, domain, name, pool, tuple(patients.tolist()), len(rows), paired)


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
