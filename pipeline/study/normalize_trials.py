"""Trials: normalisers that are judged beside the one that later phases see."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.seeds import derive
from pipeline.study import tile
from pipeline.study.learned import AUTO, check_networks, check_sites, target_site
from pipeline.study.method import check_method
from pipeline.study.need import Need, Slides, listed
from pipeline.study.rule import INDEX, Rule, check_name, index_job
from pipeline.study.section import Section, Seeds, Training

if TYPE_CHECKING:
    from pipeline.study.normalizer import Normalizer
    from pipeline.study.study import Study

FOLDER = "data/normalized/trials"
TRAIN = Rule(
    "normalize_trial_train",
    "normalize",
    "pipeline.normalize.training:make_model",
    {"manifest": FOLDER + "/{trial}/models/{seed}.json"},
    {"folder": FOLDER + "/{trial}/models/{seed}"},
    ("tiled",),
)
TRIAL = Rule(
    "normalize_trial",
    "normalize",
    "pipeline.normalize.trial:make_trial",
    {"manifest": FOLDER + "/{trial}/{seed}.json"},
    {"store": FOLDER + "/{trial}/{seed}.zarr"},
    ("tiled", "model"),
)
# An index of their own: what reads the slides' is not made anew because a normaliser was tried.
TRIALS = Rule(
    "normalize_trial_index", "normalize", INDEX, {"manifest": FOLDER + "/index.json"}, inputs=("members", "kept")
)
RULES = (TRAIN, TRIAL, TRIALS)


class Trial(Section):
    """A normaliser that is judged, and that no phase but ``evaluate`` sees.

    ``reference``: ``auto``, a training slide (of folds, which test every slide, none), or a site with training slides.
    What is judged is compared with the training slides of the reference's site. A method that learns on the cohort is
    trained once for each of ``seeds``.
    """

    method: str
    reference: str = AUTO
    options: dict[str, Any] = {}
    training: Training = Training()
    seeds: Seeds = [0]


def trial_jobs(study: "Study", slides: Slides, methods: Mapping[str, "Normalizer"]) -> Iterator[Job]:
    """A training where the method learns, and a sample of tiles in new colours, per trial and seed; their index."""
    section, trained, members = study.normalize, list[Job](), list[Job]()
    tiled, tested = tile.INDEX.manifest(), tested_spec(study, slides)
    for name, trial in section.trials.items():
        method = methods[trial.method]
        chosen = {"method": trial.method, "options": method.filled(trial.options), "reference": trial.reference}
        common = {**chosen, "stains": section.stains, **tested}
        for seed in trial.seeds:
            model = None
            if method.learner:
                own = {"seed": derive(study.seed, "trial", seed) if seed else study.seed}
                target = {"target": target_site(trial.reference, section.stains, slides)}
                spec = {**method.trained(trial.training).model_dump(mode="json"), **common, **own, **target}
                model = TRAIN.job(name, str(seed), code={"learner": method.learner}, inputs={"tiled": tiled}, spec=spec)
                trained.append(model)
            inputs = {"tiled": tiled, "model": model.manifest if model else None}
            spec = {**common, "seed": study.seed, "per_slide": section.per_slide}
            members.append(TRIAL.job(name, str(seed), code=method.applied, inputs=inputs, spec=spec))
    yield from (*trained, *members)
    yield index_job(TRIALS, members, trained)  # of none, too: it prunes what was tried


def tested_spec(study: "Study", slides: Slides) -> Json:
    """The patients that a fold tests, for jobs that read what no fold owns; nothing where there are no folds."""
    return {"tested": sorted({s.patient_id for s in slides.values() if s.split == "test"})} if study.folds else {}


def check_trials(study: "Study", methods: Mapping[str, "Normalizer"]) -> Iterator[StudyError]:
    """Mistakes in the trials that params.yaml alone shows."""
    section = study.normalize
    for name, trial in section.trials.items():
        where, method = f"normalize.trials.{name}", methods.get(trial.method)
        yield from check_name(name, "trial", TRIAL, RULES, where)
        yield from check_method(methods, trial.method, trial.options, f"{where}.method", f"{where}.options")
        if name == section.method and name in methods and methods[name].code:
            message = f"{name!r} is the method of the study, which is judged under this name"
            yield StudyError(message, where=where, fix="rename it")
        if method and method.learner:
            yield from check_networks(method, trial.options, trial.training, study.tile.size, where)
        elif method:
            if len(trial.seeds) > 1:
                message = f"{trial.method!r} draws nothing: it comes out the same with each of {trial.seeds}"
                yield StudyError(message, where=f"{where}.seeds", fix="remove it, or leave one")
            if "training" in trial.model_fields_set:
                message = f"'training' has no effect on {trial.method!r}"
                yield StudyError(message, where=f"{where}.training", fix="remove it")


def check_references(study: "Study", slides: Slides, methods: Mapping[str, "Normalizer"]) -> Iterator[StudyError]:
    """Whether every trial has training slides to be judged by, and the reference that it names is of them.

    Of folds it is no slide, and all folds say the same of it.
    """
    stains = study.normalize.stains
    those = [slide for slide in slides.values() if slide.stain in stains]
    usable = {slide.slide_id: slide.site for slide in those if slide.split == "train"}
    for name, trial in study.normalize.trials.items():
        where = f"params.yaml: normalize.trials.{name}.reference"
        known = {*(() if study.folds else usable), *usable.values()}
        if usable and methods[trial.method].learner:
            yield from check_sites(trial.reference, stains, slides, f"params.yaml: normalize.trials.{name}")
        elif trial.reference == AUTO:
            fix = f"its stains are: {listed(s.stain for s in slides.values())}; correct the column or the key"
            yield from Need(f"slide of a stain in {stains}", where, those, ("train",), fix).check()
        elif trial.reference not in known:
            wanted = f"a training slide of {listed(stains)}, or their site"
            if study.folds:
                wanted = f"a site with training slides of {listed(stains)}, for one of the folds tests a slide"
            yield StudyError(
                f"the reference must be {wanted}; found {trial.reference!r}",
                where=where,
                fix=f"{AUTO!r}, or one of: {listed(known)}",
            )
