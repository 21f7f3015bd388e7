"""All that the page shows, gathered from the products of every phase."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.primary import primary_stains
from pipeline.core.digests import digest_file
from pipeline.core.job import Job
from pipeline.core.manifests.cohorts import CohortManifest
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.index import read_members
from pipeline.core.manifests.manifest import Manifest
from pipeline.core.manifests.scores import CLAIMED, SummaryManifest
from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.manifests.translators import GateManifest, TranslatorManifest
from pipeline.core.manifests.trial import TrialManifest
from pipeline.core.seeds import derive
from pipeline.report.answer import outcomes
from pipeline.report.cautions import alike
from pipeline.report.curves import arm_curves, translator_curves
from pipeline.report.entry import Entry, SegmenterEntry
from pipeline.report.figures import Figures
from pipeline.report.forest import forest, legend
from pipeline.report.lead import lead, tally
from pipeline.report.maps import Points, mapped, maps, read_points
from pipeline.report.render import compact
from pipeline.report.scarcity import scarcity
from pipeline.report.segmenters import segmented
from pipeline.report.slides import SlideList
from pipeline.report.stains import stains
from pipeline.report.strengths import strengths
from pipeline.report.synthetic import cohort_table, painted
from pipeline.report.tables import arm_tables, more_tables
from pipeline.report.translation import translations

FIGURES = "figures"  # an input that is no index
SHOWN = 0  # repeat of a translator
M = TypeVar("M", bound=Manifest)


def gather(job: Job) -> dict[str, Any]:
    """Everything the page shows."""
    spec, inputs = job.spec, job.inputs
    tiled, normalized = members_of(job, "tiled", TileManifest), members_of(job, "normalized", NormalizedManifest)
    translators, views = members_of(job, "translators", TranslatorManifest), members_of(job, "privileged", GateManifest)
    trained = {own.translator: own for own in translators.values() if own.repeat == SHOWN}
    encoders, cohorts = members_of(job, "encoders", EncoderManifest), members_of(job, "synthetic", CohortManifest)
    cohort = Cohort.read(inputs["normalized"]) if normalized else Cohort([])
    summary = SummaryManifest.read(inputs["scores"]) if "figures" in inputs else None
    figures = Figures.read(inputs["figures"], summary) if summary else Figures()
    unit = summary.unit if summary else "patients"
    arms, slides = [_taught(Entry(**arm), trained) for arm in spec["arms"]], SlideList.of(normalized.values())
    segmenters = members_of(job, "segmenters", SegmenterManifest)
    told = [SegmenterEntry(**arm) for arm in spec["segmenters"]]
    seeds = {str(own.seed) for own in encoders.values()} | {str(own.seed) for own in segmenters.values()}
    floors = {arm.name for arm in arms if arm.role == "floor"}  # have as many random encoders as they like
    found = outcomes(figures, arms)
    tried = spec["params"]["normalize"].get("trials", {})
    repeats = {str(seed) for trial in tried.values() for seed in trial["seeds"]}
    repeats |= {str(translator.repeat) for translator in translators.values()}
    trainings = Counter(translator.translator for translator in translators.values())
    own = Counter(encoder.arm for encoder in encoders.values() if encoder.arm not in floors)
    return {
        "title": spec["title"],
        "version": version("synpriv"),
        "study": spec["params"],
        "few": spec["few"],
        "seeds": max(own.values(), default=0),
        "names": {
            *tiled,
            *trained,
            *tried,
            *_painted_names(cohorts),
            *(arm.name for arm in arms),
            *(arm.name for arm in told),
            *seeds,
            *repeats,
            *spec["folds"],
        },
        "arms": arms,
        "slides": slides,
        "unit": unit,
        "tested": tally(figures.patients(), unit),
        "lead": [*lead(found, spec["few"], unit), *alike(arms, trainings, max(own.values(), default=0))]
        if found
        else [],
        "outcomes": found,
        "forests": [
            (task, figures.labels(task, spec["few"]), forest([o for o in found if o.task == task]))
            for task in figures.tasks()
        ],
        "scarcity": scarcity(found),
        "strengths": strengths(figures, arms, found),
        "legend": legend(arms),
        "tables": arm_tables(figures, arms),
        "more": more_tables(figures, arms),
        "alone": [arm.name for arm in arms if arm.role in CLAIMED and arm.published is None],
        "translations": translations(
            trained,
            {own.translator: own for own in views.values() if own.repeat == SHOWN},
            cohort,
            figures,
            spec["tiles"],
        ),
        "painted": painted(cohorts, spec["tiles"]),
        "cohorts": cohort_table(figures),
        "segmented": segmented(
            told, segmenters, figures, summary, spec["params"].get("segment", {}).get("baseline"), spec["folds"][0]
        ),
        "stains": stains(
            tiled, normalized, members_of(job, "trials", TrialManifest), figures, spec["params"]["normalize"]
        ),
        "thumbnails": slides.thumbnails(primary_stains(cohort.members)),
        "encoder_curves": arm_curves(_histories(encoders, [arm.name for arm in arms])),
        "segmenter_curves": arm_curves(_histories(segmenters, [arm.name for arm in told])),
        "translator_curves": translator_curves({name: own.history for name, own in trained.items()}),
        "maps": maps(_points(job, arms, figures), derive(spec["seed"], "report")),
        "params": compact(spec["params"]),
        "digests": [(path.as_posix(), digest_file(path)) for name, path in inputs.items() if name != FIGURES],
    }


def members_of(job: Job, name: str, kind: type[M]) -> dict[str, M]:
    """What an index lists; nothing where the study has no such phase."""
    return read_members(job.inputs[name], kind) if name in job.inputs else {}


def _painted_names(cohorts: Mapping[str, CohortManifest]) -> set[str]:
    """Names of synthetic cohorts and of their parts."""
    people = {(name, str(own["patient"])) for name, cohort in cohorts.items() for own in cohort.members.values()}
    return {*cohorts, *(patient.removeprefix(f"{name}-") for name, patient in people)}


def _taught(arm: Entry, trained: Mapping[str, TranslatorManifest]) -> Entry:
    """The arm; one whose view is made by a translator was taught by the patients that this learned from."""
    made = trained.get(arm.view)
    return replace(arm, patients=len(made.patients)) if made and arm.patients and not arm.restricted else arm


def _histories(
    trained: Mapping[str, EncoderManifest] | Mapping[str, SegmenterManifest], arms: list[str]
) -> dict[str, dict[str, Path]]:
    """Arm to seed to history, in the order of the arms."""
    found: dict[str, dict[str, Path]] = {name: {} for name in arms}
    own: EncoderManifest | SegmenterManifest
    for own in trained.values():
        if own.arm in found:
            found[own.arm][str(own.seed)] = own.history
    return found


def _points(job: Job, arms: list[Entry], figures: Figures) -> dict[str, Points]:
    """Embeddings of the first seed of the arms that are mapped, as far as they are there."""
    if not figures.tasks():
        return {}
    task = figures.tasks()[0]
    scored = SummaryManifest.read(job.inputs["scores"]).members
    names = mapped(figures, arms, job.spec["baseline"], task)
    fold = "".join(f"{name}/" for name in job.spec["folds"][:1] if name)
    keys = {name: f"encoders/{fold}{name}" for name in names}
    read = {name: read_points(scored[key].scores, task) for name, key in keys.items() if key in scored}
    return {name: points for name, points in read.items() if points is not None}
