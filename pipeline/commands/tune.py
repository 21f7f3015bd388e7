"""``synpriv tune``: the strengths of augmentation that the baseline likes best, found on training patients alone."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from pydantic import ValidationError
from rich.table import Table

from pipeline.core.console import console, track
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.files import aside, write_json
from pipeline.core.job import Job
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.measures.interval import spread
from pipeline.core.seeds import derive
from pipeline.engine.evict import is_fresh
from pipeline.engine.plan import Plan
from pipeline.engine.run import run
from pipeline.evaluate.comparison import gained
from pipeline.evaluate.replicates import Replicates, replicate_all
from pipeline.study import evaluate, normalize, pretrain
from pipeline.study.arm import Augment
from pipeline.study.folds import ROOTS, check_folds, placed, splits
from pipeline.study.mistakes import raise_all
from pipeline.study.study import Study

app = typer.Typer(add_completion=False, help="Find the strengths of augmentation that suit the baseline.")
HOME, TABLE = Path("scratch/tune"), Path("results/tune.csv")
Strengths = Annotated[str, typer.Option(help="Strengths to try, separated by commas.")]
Folds = Annotated[int, typer.Option(min=2, help="Parts of the training patients, each of which is held out once.")]
Seeds = Annotated[int, typer.Option(min=1, help="Encoders per strength and fold.")]


@app.command()
def tune(colour: Strengths = "0,0.3,1", geometry: Strengths = "1", folds: Folds = 3, seeds: Seeds = 1) -> None:
    """Trains the baseline with every pair of strengths, probes it with few labels, and says which does best.

    Only training patients take part, those of the first fold where the study has folds. What was chosen holds
    for all arms: write it into params.yaml as pretrain.augment. A run that was interrupted goes on where it was.
    """
    plan = Plan.here()
    tried = {f"c{c:g}-g{g:g}": _augment(c, g) for c, g in product(_numbers(colour), _numbers(geometry))}
    jobs = list(_jobs(plan, tried, folds, seeds))
    for job in track(jobs, "Trying strengths"):
        if not is_fresh(job):
            run(job)
    scored = [ScoresManifest.read(job.manifest) for job in jobs if job.rule == evaluate.ENCODER.name]
    rows = _rows(replicate_all(scored), tried)
    with aside(TABLE) as path:
        rows.to_csv(path, index=False, float_format="%.4f", lineterminator="\n")
    _say(rows)


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        fix = "numbers and commas, such as 0,0.3,1"
        raise StudyError(f"{text!r} are no strengths", where="--colour, --geometry", fix=fix) from None


def _augment(colour: float, geometry: float) -> Augment:
    try:
        return Augment(colour=colour, geometry=geometry)
    except ValidationError as error:
        message = f"colour {colour:g}, geometry {geometry:g}: {error.errors()[0]['msg']}"
        raise StudyError(message, where="--colour, --geometry", fix="strengths from 0 to 2") from None


def _jobs(plan: Plan, tried: dict[str, Augment], folds: int, seeds: int) -> Iterator[Job]:
    """Encoders and their scores, fold by fold; every fold's cohort is written."""
    study, (fold, slides) = plan.study, next(iter(splits(plan.slides, plan.study.folds, plan.study.seed).items()))
    index = placed(normalize.INDEX.manifest(), fold)
    if not index.exists():
        fix = f"snakemake --cores all {index}"
        raise ProductError("there are no normalised tiles to try strengths on", where=str(index), fix=fix)
    trial = _trial(study, tried, seeds)
    learned = {name: slide for name, slide in slides.items() if slide.split == "train"}
    raise_all(list(check_folds(folds, learned, "--folds")))
    members = IndexManifest.read(index).members
    for part, own in splits(learned, folds, derive(study.seed, "tune")).items():
        home = HOME / part
        cohort = {name: {**members[name], "split": slide.split} for name, slide in own.items() if name in members}
        write_json(home / normalize.INDEX.manifest(), IndexManifest(members=cohort).model_dump(mode="json"))
        for job in (*pretrain.jobs(trial, own), *evaluate.jobs(trial, own)):
            if job.rule in (pretrain.TRAIN.name, evaluate.ENCODER.name):
                yield job.moved(partial(_placed, home), part)


def _placed(home: Path, path: Path) -> Path:
    """Where a product lies; what the user brought stays where it is."""
    return home / path if any(path.is_relative_to(root) for root in ROOTS) else path


def _trial(study: Study, tried: dict[str, Augment], seeds: int) -> Study:
    """The study with one arm per augmentation, each of them the baseline's."""
    baseline = study.pretrain.arms.get(study.evaluate.baseline or "")
    if baseline is None or not study.evaluate.tasks:
        fix = "add tasks and an unprivileged arm, and name it as evaluate.baseline"
        raise StudyError("the study has no baseline to try strengths with", where="params.yaml: evaluate", fix=fix)
    waited = [other for other in baseline.sources.values() if other in study.pretrain.arms]
    if waited:
        fix = "give evaluate.baseline a start of its own: no arm, but a folder of weights, or none"
        raise StudyError(f"the baseline waits for {', '.join(waited)}", where="params.yaml: pretrain.arms", fix=fix)
    arms = {name: baseline.model_copy(update={"augment": augment}) for name, augment in tried.items()}
    first = study.pretrain.seeds[:seeds]
    section = study.pretrain.model_copy(update={"arms": arms, "seeds": first})
    scored = study.evaluate.model_copy(update={"baseline": next(iter(arms))})
    return study.model_copy(update={"pretrain": section, "evaluate": scored, "folds": None})


def _rows(found: Iterable[Replicates], tried: dict[str, Augment]) -> pd.DataFrame:
    """Of every pair of strengths, task and domain the figure that arms are judged by, best mean rank first."""
    rows = []
    for own in found:
        metric = gained(own)
        e = spread(own.values[metric]).estimate("plain")
        augment = tried[own.subject]
        figures = {"value": e.value, "low": e.low, "high": e.high, "n": own.measured[metric].n}
        place = {"task": own.task, "domain": own.domain, "metric": metric}
        rows.append({"colour": augment.colour, "geometry": augment.geometry, **place, **figures})
    table = pd.DataFrame(rows)
    ranks = table.groupby(["task", "domain"])["value"].rank(ascending=False)  # tasks are measured in units of their own
    means = table.assign(rank=ranks).groupby(["colour", "geometry"])["rank"].transform("mean")
    return table.assign(rank=means).sort_values(["rank", "colour", "geometry", "task", "domain"])


def _say(rows: pd.DataFrame) -> None:
    """The table, and what to write into params.yaml."""
    shown = Table("colour", "geometry", "task", "domain", "metric", "value", "95 % interval", "mean rank")
    for row in rows.to_dict("records"):
        ends = f"{row['low']:.3f} to {row['high']:.3f}" if pd.notna(row["low"]) else "-"
        strength = (f"{row['colour']:g}", f"{row['geometry']:g}")
        shown.add_row(
            *strength, row["task"], row["domain"], row["metric"], f"{row['value']:.3f}", ends, f"{row['rank']:.2f}"
        )
    console.print(shown)
    best = rows.iloc[0]
    console.print(
        f"Best: pretrain.augment: {{preset: corrected, colour: {best.colour:g}, geometry: {best.geometry:g}}}"
    )
    console.print(f"Write it into params.yaml; the table is in {TABLE}.")
