"""The page: gathers every section and renders the template."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.core.cohort.cohort import Cohort as Slides
from pipeline.core.digests import digest_bytes, digest_file
from pipeline.core.files import Json, read_json, write_text
from pipeline.core.job import Job
from pipeline.core.seeds import derive
from pipeline.engine.plan import Plan
from pipeline.report.answer import domains, lead, tally
from pipeline.report.arms import Entry, entries
from pipeline.report.cohort import Cohort
from pipeline.report.curves import encoder_curves, translator_curves
from pipeline.report.forest import forest, legend
from pipeline.report.maps import maps, read_points
from pipeline.report.scores import Figures, read_patients
from pipeline.report.stains import stains
from pipeline.report.tables import arm_tables
from pipeline.report.timing import clock, costs
from pipeline.report.translation import translations
from pipeline.study.layout import OUTPUT, index_of
from pipeline.study.study import Study, parse_study

HERE = Path(__file__).parent
PAGE = OUTPUT["report"] / "index.html"
READ = ("tile", "normalize", "translate", "synthesize", "pretrain", "evaluate")


def make_page(job: Job) -> Json:
    """Writes ``index.html`` from the products of every phase.

    Optional products (privileged stores, benchmarks, sample pictures, stain errors) may be absent:
    their part of the page is then left out, and says so.

    Args:
        job: Its spec holds the whole study; it reads the index of every phase.

    Returns:
        The page's path, the digest of what it says (time and memory left out) and its picture count.
    """
    context = gather(job)
    write_text(PAGE, render({**context, "costs": costs(Plan.here().jobs)}))
    said = render({**context, "costs": []})
    return {
        "status": "complete",
        "page": PAGE.as_posix(),
        "digest": digest_bytes(said.encode()),
        "pictures": said.count("<img "),
    }


def render(context: Json) -> str:
    """The page as one HTML document; whatever comes from the study is escaped."""
    loader = FileSystemLoader(HERE)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["clock"] = clock
    style = (HERE / "style.css").read_text()
    return environment.get_template("page.html.j2").render(**context, style=style)


def gather(job: Job) -> dict[str, Any]:
    """Everything the template shows, but time and memory."""
    study = parse_study(job.spec["study"])
    index = {phase: read_json(index_of(phase)) for phase in READ}
    usable, cohort = Slides.read(), Cohort.of(index["normalize"])
    figures, arms = Figures.read(), entries(study)
    seed = derive(study.seed, "report")
    patients = read_patients()
    return {
        "title": study.report.title,
        "version": version("synpriv"),
        "study": study,
        "arms": arms,
        "cohort": cohort,
        "patients": patients,
        "tested": tally(patients),
        "lead": lead(figures, arms, study.evaluate.few),
        "domains": domains(figures, arms),
        "forests": [(task, forest(figures, arms, task)) for task in figures.tasks()],
        "legend": legend(arms),
        "tables": arm_tables(figures, arms),
        "translations": translations(index["translate"], usable, study.report.tiles),
        "stains": stains(index["tile"], index["normalize"], usable, study.report.tiles),
        "thumbnails": cohort.thumbnails([usable.primary]),
        "encoder_curves": encoder_curves(_histories(index["pretrain"], arms)),
        "translator_curves": translator_curves(
            {name: Path(entry["history"]) for name, entry in index["translate"]["members"].items()}
        ),
        "maps": maps(_encoders(study, arms, figures, usable), seed),
        "params": compact(study),
        "digests": [(index_of(phase).as_posix(), digest_file(index_of(phase))) for phase in READ],
    }


def compact(study: Study) -> str:
    """The whole study, defaults included, as YAML without its empty values."""
    return yaml.safe_dump(_filled(study.model_dump(mode="json")), sort_keys=False, default_flow_style=None, width=76)


def _filled(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    pruned = {key: _filled(value) for key, value in tree.items()}
    return {key: value for key, value in pruned.items() if value not in (None, {}, [])}


def _histories(pretrained: Json, arms: list[Entry]) -> dict[str, dict[str, Path]]:
    found: dict[str, dict[str, Path]] = {arm.name: {} for arm in arms}
    for entry in pretrained["members"].values():
        if entry["arm"] in found and entry.get("history"):
            found[entry["arm"]][str(entry["seed"])] = Path(entry["history"])
    return found


def _encoders(study: Study, arms: list[Entry], figures: Figures, usable: Slides) -> dict[str, Any]:
    """Embeddings of the synthetic arm with the best known-site figure, below its baseline's, first seed."""

    def merit(arm: Entry) -> float:
        found = figures.get(arm.name, figures.tasks()[0], "in_domain", "few/balanced_accuracy")
        return found.value if found else 0.0

    synthetic = [arm for arm in arms if arm.role == "synthetic"]
    best = max(synthetic, key=merit) if synthetic else None
    names = [best.baseline or study.evaluate.baseline, best.name] if best else [study.evaluate.baseline]
    scores = OUTPUT["evaluate"] / "encoders"
    task = study.evaluate.tasks[figures.tasks()[0]].model_dump(mode="json")
    read = {name: read_points(scores / name / f"{study.pretrain.seeds[0]}.npz", usable, task) for name in names}
    return {name: points for name, points in read.items() if points is not None}
