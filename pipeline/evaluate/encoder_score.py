"""One encoder: its features of labelled tiles, and what the probes predict from them."""

from typing import Any

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.labels import NONE
from pipeline.core.digests import digest_file
from pipeline.core.files import Json, read_json
from pipeline.core.job import Job
from pipeline.core.networks.encoder import load_encoder
from pipeline.core.seeds import derive
from pipeline.evaluate.probes import draw_few, knn_probe, linear_probe
from pipeline.evaluate.tiles import Tiles, embed, read_tiles

MAPPED = 2000


def score_encoder(job: Job) -> Json:
    """Writes the predictions of every probe for every labelled test tile.

    The ``.npz`` beside the manifest holds, for each task: ``T/label``, ``T/patient``, ``T/site``
    (positions in the manifest's lists), ``T/seen`` (the site has a training patient), and float32
    class probabilities ``T/linear`` and ``T/knn`` (tile, class) and ``T/few`` (draw, tile, class); and
    of at most MAPPED test tiles ``embeddings`` (tile, features), ``slide`` and ``row``.

    Args:
        job: Reads the cohort and the encoder's manifest.

    Returns:
        The manifest: arm and seed, lists and counts.
    """
    trained = read_json(job.inputs[1])
    cohort = Cohort.read()
    cohort.forbid_test(trained["patients"], str(job.inputs[1]))
    tiles = read_tiles(cohort, job.spec["tasks"])
    encoder = load_encoder(job.inputs[1].with_suffix(""))
    features = embed(encoder, cohort, tiles, job.spec["batch"])
    lists = {"patients": np.unique(tiles.patient[tiles.test]), "sites": np.unique(tiles.site[tiles.test])}
    arrays = _map(tiles, features, job.spec["seed"])
    for task in tiles.labels:
        arrays |= {f"{task}/{name}": a for name, a in _predict(task, tiles, features, job.spec, lists).items()}
    path = job.manifest.with_suffix(".npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.stem + ".partial.npz")
    np.savez_compressed(partial, **arrays)
    partial.replace(path)
    return {
        "status": "complete",
        **{key: trained[key] for key in ("arm", "seed")},
        **{key: values.tolist() for key, values in lists.items()},
        "scores": path.as_posix(),
        "digest": digest_file(path),
        "tasks": {task: _counts(task, tiles) for task in tiles.labels},
    }


def _predict(
    task: str, tiles: Tiles, features: np.ndarray, spec: Json, lists: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    known = tiles.labels[task] != NONE
    train, test = np.flatnonzero(known & ~tiles.test), np.flatnonzero(known & tiles.test)
    labels, classes = tiles.labels[task][train], len(tiles.classes[task])
    x, groups, y = features[train], tiles.patient[train], features[test]
    few = []
    for draw in range(spec["draws"]):  # the same tiles for every arm and repeat
        rows = draw_few(labels, spec["few"], derive(spec["seed"], "draw", task, draw))
        few.append(linear_probe(x[rows], labels[rows], groups[rows], y, classes))
    return {
        "label": tiles.labels[task][test].astype(np.int16),
        "patient": np.searchsorted(lists["patients"], tiles.patient[test]).astype(np.int32),
        "site": np.searchsorted(lists["sites"], tiles.site[test]).astype(np.int32),
        "seen": tiles.seen[test],
        "linear": linear_probe(x, labels, groups, y, classes).astype(np.float32),
        "knn": knn_probe(x, labels, y, classes, spec["neighbours"]).astype(np.float32),
        "few": np.stack(few).astype(np.float32),
    }


def _map(tiles: Tiles, features: np.ndarray, seed: int) -> dict[str, Any]:
    """A random part of the test tiles, the same for every encoder."""
    test = np.flatnonzero(tiles.test)
    drawn = np.sort(np.random.default_rng(derive(seed, "map")).permutation(test)[:MAPPED])
    return {"embeddings": features[drawn].astype(np.float16), "slide": tiles.slide[drawn], "row": tiles.row[drawn]}


def _counts(task: str, tiles: Tiles) -> Json:
    """Class names, and how many labelled tiles of each class either split has."""
    names, label = tiles.classes[task], tiles.labels[task]
    return {
        "classes": list(names),
        **{
            split: np.bincount(label[(label != NONE) & (tiles.test == test)], minlength=len(names)).tolist()
            for split, test in (("train", False), ("test", True))
        },
    }
