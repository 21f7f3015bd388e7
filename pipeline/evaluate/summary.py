"""All encoders, translators and the normaliser: figures with intervals, and what they say."""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.files import Json, read_json, write_json
from pipeline.core.index import prune
from pipeline.core.job import Job
from pipeline.core.seeds import derive
from pipeline.evaluate.bootstrap import resample
from pipeline.evaluate.figures import Cell, metrics_of, rows_of, write_figures
from pipeline.evaluate.replicates import Domain, Scores, find_domain, replicate
from pipeline.evaluate.tiles import DOMAINS
from pipeline.evaluate.verdicts import verdict
from pipeline.study.arms import baseline_of, role
from pipeline.study.sections import Arm

ENCODERS, TRANSLATORS = "encoders", "translators"


def summarize(job: Job) -> Json:
    """Writes ``results/figures.csv`` and ``results/metrics.json``.

    Args:
        job: Reads the manifests of all other jobs of the phase; its spec holds the arms of the study.

    Returns:
        The phase's index: its members and the digests of both files.
    """
    results = job.manifest.parent.parent
    members = {_name(path, job.manifest.parent): read_json(path) for path in job.inputs}
    encoders = [m for name, m in members.items() if name.startswith(ENCODERS)]
    arms = {name: Arm.model_validate(arm) for name, arm in job.spec["arms"].items()}
    roles = {arm: role(arm, arms, job.spec["baseline"]) for arm in arms}
    bases = {arm: baseline_of(arm, arms, job.spec["baseline"]) for arm in arms}
    scores = {(m["arm"], m["seed"]): _load(Path(m["scores"])) for m in encoders}
    metrics: Json = {"tasks": {}, "verdicts": {}}
    rows: list[dict[str, Any]] = []
    for task in encoders[0]["tasks"]:
        metrics["tasks"][task], metrics["verdicts"][task] = {}, {}
        for name in DOMAINS:
            domain = _domain(scores, task, name)
            if not domain.tiles:
                continue
            cells = _cells(scores, task, name, domain, job.spec, bases)
            rows += rows_of(cells, task, name, domain)
            metrics["tasks"][task][name] = metrics_of(cells, domain)
            metrics["verdicts"][task][name] = {
                cell.arm: verdict(cell, roles[cell.arm], domain) for cell in cells if cell.gain
            }
    metrics[TRANSLATORS] = {m["translator"]: m["domains"] for n, m in members.items() if n.startswith(TRANSLATORS)}
    metrics["normalization"] = {k: v for k, v in members["normalization"].items() if isinstance(v, dict)}
    write_figures(results / "figures.csv", rows)
    write_json(results / "metrics.json", metrics)
    prune(job.manifest.parent, [job.manifest, *job.inputs])
    files = {name: digest_file(results / name) for name in ("figures.csv", "metrics.json")}
    return {
        "status": "complete",
        "members": {name: m["digest"] for name, m in members.items()},
        "digests": files,
        "figures": (results / "figures.csv").as_posix(),
        "metrics": (results / "metrics.json").as_posix(),
    }


def _cells(
    scores: dict[tuple[str, int], Scores],
    task: str,
    name: str,
    domain: Domain,
    spec: Json,
    bases: dict[str, str | None],
) -> list[Cell]:
    """One cell per arm, compared with its baseline; all arms see the same resamples of patients and of seeds."""
    weights = resample(domain.patients, spec["bootstrap"], derive(spec["seed"], "bootstrap", task, name))
    if domain.patients < 2:
        weights[1:] = np.nan  # one patient says nothing about others: a value, and no interval
    seeds: dict[str, dict[int, dict[str, np.ndarray]]] = {}
    for (arm, seed), arrays in sorted(scores.items()):
        seeds.setdefault(arm, {})[seed] = replicate(arrays, task, domain, weights)
    count = len(next(iter(seeds.values())))
    repeats = resample(count, spec["bootstrap"], derive(spec["seed"], "repeats", task, name))
    cells = {arm: Cell.of(arm, found, repeats) for arm, found in seeds.items()}
    return [cell.over(cells[base], domain.tiles) if (base := bases[arm]) else cell for arm, cell in cells.items()]


def _domain(scores: dict[tuple[str, int], Scores], task: str, name: str) -> Domain:
    """The tiles of a domain; raises ProductError where encoders were scored on different tiles."""
    first, *others = scores.values()
    keys = [f"{task}/{key}" for key in ("label", "patient", "seen")]
    if any(not np.array_equal(first[key], other[key]) for other in others for key in keys):
        raise ProductError(
            "the encoders were scored on different tiles", where="results/scores/encoders", fix="evaluate them again"
        )
    return find_domain(first, task, name)


def _load(path: Path) -> Scores:
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files if "/" in key}


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix().removesuffix(".json")
