"""``evaluate``: encoders, translators, segmenters and the normaliser to figures with intervals."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.measures.records import COHORT, RETRIEVAL
from pipeline.core.phases import PHASES
from pipeline.core.text.templates import LABEL, PROMPTED, WORD
from pipeline.study import arm_spec, evaluate_generators, evaluate_normalizers, evaluate_segmenters, normalize, pretrain
from pipeline.study.arm import Arm, Text
from pipeline.study.arms import compared_with
from pipeline.study.captions import check_template
from pipeline.study.evaluate_generators import Inception, place_or_file
from pipeline.study.method import check_method
from pipeline.study.need import BOTH, Slides, need_primary
from pipeline.study.patients import unit_of
from pipeline.study.rule import Rule
from pipeline.study.section import Count, Name, Section, distinct
from pipeline.study.task import KINDS, Task
from pipeline.study.task_kinds import TaskKind

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "results/scores"
ENCODER = Rule(
    "evaluate_encoder",
    "evaluate",
    "pipeline.evaluate.encoder_score:score_encoder",
    {"manifest": FOLDER + "/encoders/{arm}.json", "scores": FOLDER + "/encoders/{arm}.npz"},
    inputs=("cohort", "captions", "seeds"),
)
COLOUR = Rule(
    "evaluate_colour",
    "evaluate",
    "pipeline.evaluate.colour_score:score_colour",
    {"manifest": FOLDER + "/colour.json", "scores": FOLDER + "/colour.npz"},
    inputs=("cohort",),
)
SUMMARY = Rule(
    "evaluate",
    "evaluate",
    "pipeline.evaluate.summary:summarize",
    {"manifest": FOLDER + "/index.json", "figures": "results/figures.csv", "metrics": "results/metrics.json"},
    inputs=("encoders", "translators", "cohorts", "normalization", "normalizers", "segmenters"),
)
RULES = (
    ENCODER,
    COLOUR,
    *evaluate_generators.RULES,
    *evaluate_normalizers.RULES,
    *evaluate_segmenters.RULES,
    SUMMARY,
)
ALONE = "colour"  # what the floor without a network is called among the arms
ASKED = {"prompts", "concepts"}  # keys that what is said in sentences depends on
LANGUAGE = "pipeline.evaluate.language_score:score_language"
PROBED = {"heads", "few", "few_patients", "draws", "neighbours", "strata", "batch"}  # keys that probes depend on


Strata = Annotated[list[Annotated[float, Field(gt=0, le=1, strict=True)]], AfterValidator(distinct)]
Heads = Annotated[list[Literal["linear", "knn", "mlp"]], AfterValidator(distinct)]


def _several(words: list[str]) -> list[str]:
    """The words; raises ValueError where there is nothing to tell apart."""
    if len(words) < 2:
        raise ValueError("a concept is what two words or more differ in")
    return words


class Concept(Section):
    """Sentences with ``{word}`` in them, and the ``words`` that stand there; see :mod:`pipeline.evaluate.concepts`."""

    templates: Annotated[list[Text], Field(min_length=1)]
    words: Annotated[list[Text], AfterValidator(distinct), AfterValidator(_several)]


class Evaluate(Section):
    """``heads`` learn from all labels; a linear one from ``few`` per class, drawn ``draws`` times as well.

    These few are of ``few_patients`` patients (null: of all). ``strata``: least shares of tissue; the linear probes are
    scored again on the test tiles that have as much. Of arms that read captions: ``prompts`` are what names a class,
    with ``{label}`` in its place, and ``concepts`` what is left out of their vectors. ``fixed`` is an arm whose
    encoders look at what normalisers made: linear probes of the tasks tell how much an encoder is helped by each.
    ``extractor``: a folder of weights by whose features sets of tiles are compared, or a file of Inception's as
    ``{inception: FILE}``; null: the small network built in.
    """

    tasks: dict[Name, Task] = {}
    baseline: str | None = None
    fixed: str | None = None
    heads: Heads = ["linear", "knn", "mlp"]
    few: Count = 50
    few_patients: Count | None = 5
    draws: Count = 10
    neighbours: Count = 20
    strata: Strata = []
    prompts: Annotated[list[Text], Field(min_length=1)] = ["a tile of {label}"]
    concepts: dict[Name, Concept] = {}
    batch: Count = 256
    extractor: Annotated[Inception | Text | None, BeforeValidator(place_or_file)] = None


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """One job per arm, repeat of a translator, synthetic cohort, segmenter's arm and normaliser that is tried, one each
    for colour alone and the normaliser, the summary.
    """
    section = study.evaluate
    cohort = normalize.INDEX.manifest()
    tasks = {name: task.filled() for name, task in section.tasks.items()}
    code = {f"task/{task.kind}": task.code for task in section.tasks.values()}
    spec = {"seed": study.seed, "tasks": tasks, **section.model_dump(include=PROBED)}
    arms = study.pretrain.arms if tasks else {}
    encoders = []
    for arm in arms:
        seeds = {str(seed): pretrain.TRAIN.manifest(arm, str(seed)) for seed in study.pretrain.seeds_of(arm)}
        told = study.pretrain.arms[arm]
        own = {**code, "encoder": arm_spec.family_code(study, arm), **({"language": LANGUAGE} if told.captions else {})}
        inputs = {"cohort": cohort, "captions": arm_spec.captions_file(study, told)}
        asked = {**spec, "language": _language(study, told)}
        encoders.append(ENCODER.job(arm, code=own, inputs=inputs, groups={"seeds": seeds}, spec=asked))
    colour = [COLOUR.job(code=code, inputs={"cohort": cohort}, spec=spec)] if arms else []
    translators, painted = evaluate_generators.translator_jobs(study, slides), evaluate_generators.cohort_jobs(study)
    normalization, *trials = evaluate_normalizers.normalizer_jobs(study, slides, spec, code)
    segmenters = evaluate_segmenters.segmenter_jobs(study, slides)
    yield from (*encoders, *colour, *translators, *painted, *segmenters, normalization, *trials)
    groups = {
        "encoders": {"/".join(job.key) or ALONE: job.manifest for job in (*encoders, *colour)},
        "translators": {"/".join(job.key): job.manifest for job in translators},
        **({"cohorts": {job.key[0]: job.manifest for job in painted}} if painted else {}),
        "normalization": {study.normalize.method: normalization.manifest},
        **({"normalizers": {job.key[0]: job.manifest for job in trials}} if trials else {}),
        **({"segmenters": {job.key[0]: job.manifest for job in segmenters}} if segmenters else {}),
    }
    compared = {arm: compared_with(arm, arms, section.baseline) for arm in arms}
    for entry in compared.values():
        entry["against"] += [ALONE]
    spec = {"baseline": section.baseline, "unit": unit_of(slides, folded=bool(study.folds)), "arms": compared}
    if segmenters:
        named = {"baseline": study.segment.baseline, "arms": evaluate_segmenters.compared_with(study)}
        spec["segmenters"] = named
    yield SUMMARY.job(groups=groups, spec=spec)


def _language(study: "Study", arm: Arm) -> Json | None:
    """What an arm that reads captions is asked in sentences; None of others."""
    source = arm_spec.captions_spec(study, arm)
    return {"captions": source, **study.evaluate.model_dump(mode="json", include=ASKED)} if source else None


def check_params(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the tasks, the baseline and the names of arms."""
    section, arms = study.evaluate, study.pretrain.arms
    if ALONE in arms:
        yield StudyError(f"name {ALONE!r} is taken by the pipeline", where=f"pretrain.arms.{ALONE}", fix="rename it")
    if section.baseline not in arms and (section.baseline is not None or (arms and section.tasks)):
        fix = f"choose one of: {', '.join(arms)}" if arms else "remove it: there are no arms"
        yield StudyError(f"baseline {section.baseline!r} is no arm", where="evaluate.baseline", fix=fix)
    yield from evaluate_normalizers.check_fixed(study)
    if section.extractor is not None:
        yield from evaluate_generators.check_extractor(section.extractor, study.tile.size)
    for name, task in section.tasks.items():
        where = f"evaluate.tasks.{name}"
        if name in (*PHASES, RETRIEVAL, COHORT):  # the scores of what these phases make bear their names
            yield StudyError(f"name {name!r} is taken by the pipeline", where=where, fix="rename it")
        yield from check_method(KINDS, task.kind, task.given, f"{where}.kind", where)
    for place, prompt in enumerate(section.prompts):
        yield from check_template(prompt, f"evaluate.prompts.{place}", known=PROMPTED, needed=LABEL)
    for name, concept in section.concepts.items():
        for place, template in enumerate(concept.templates):
            where = f"evaluate.concepts.{name}.templates.{place}"
            yield from check_template(template, where, known=(WORD,), needed=WORD)


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Whether the tasks find their labels in both splits."""
    tasks = study.evaluate.tasks if study.pretrain.arms else {}
    if not tasks:
        return
    primary = study.primary(slides)
    yield from need_primary(slides, BOTH) if primary else ()  # told by pretrain otherwise
    for name, task in tasks.items() if primary else ():
        kind = KINDS[task.kind].options.model_validate(task.given)
        if isinstance(kind, TaskKind):
            yield from kind.needs(study, f"params.yaml: evaluate.tasks.{name}", slides)
