"""The jobs of each phase, drawn from params.yaml and the sheet. One generator per phase."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.study.layout import OUTPUT, PHANTOM, coordinates_of, index_of
from pipeline.study.registry import LOSSES, NORMALIZERS, OBJECTIVES, TRANSLATORS, options
from pipeline.study.sections import Arm
from pipeline.study.sheet import Slide
from pipeline.study.study import REAL, Study

Slides = dict[str, Slide]


def tile_jobs(study: Study, slides: Slides) -> Iterator[Job]:
    """Simulated slides where the study makes its own; one tile store per slide; the index."""
    section, members = study.tile, []
    for name, slide in slides.items():
        made = section.phantom is not None and Path(slide.path).parent == PHANTOM
        if made:
            spec = _spec(study, section.phantom, slide=slide.row())
            yield Job("tile", "tile_phantom", (name,), PHANTOM / f"{name}.json", (), spec)
        read = [PHANTOM / f"{name}.json"] if made else [*slide.files(), *_given(slide.annotations)]
        if slide.paired_with:
            read.append(OUTPUT["tile"] / f"{slide.paired_with}.json")
        elif section.coordinates and (chosen := coordinates_of(section.coordinates, name)):
            read.append(chosen)
        plain = section.model_copy(update={"phantom": None})
        spec = _spec(study, plain, slide=slide.row())
        members.append(Job("tile", "tile", (name,), OUTPUT["tile"] / f"{name}.json", tuple(read), spec))
    yield from members
    yield _index("tile", members, paths={name: slide.path for name, slide in slides.items()})


def normalize_jobs(study: Study, slides: Slides) -> Iterator[Job]:
    """The reference, one job per slide (other stains pass through), the index."""
    section, out = study.normalize, OUTPUT["normalize"]
    chosen = options(NORMALIZERS, section.method, section.options, "normalize")
    spec = _spec(study, section, options=chosen)
    reference = Job("normalize", "normalize_reference", (), out / "reference.json", (index_of("tile"),), spec)
    yield reference
    members = []
    for name in slides:
        read = (OUTPUT["tile"] / f"{name}.json", reference.manifest)
        members.append(Job("normalize", "normalize", (name,), out / f"{name}.json", read, spec))
    yield from members
    yield _index("normalize", members, reference)


def translate_jobs(study: Study, slides: Slides) -> Iterator[Job]:
    """One translator each, the index."""
    members = []
    for name, section in study.translate.items():
        chosen = options(TRANSLATORS, section.method, section.options, f"translate.{name}")
        read = (index_of("normalize"),)
        manifest = OUTPUT["translate"] / f"{name}.json"
        members.append(Job("translate", "translate", (name,), manifest, read, _spec(study, section, options=chosen)))
    yield from members
    yield _index("translate", members)


def synthesize_jobs(study: Study, slides: Slides) -> Iterator[Job]:
    """One privileged store per translator and slide, the gates of each translator, the index."""
    section, gates = study.synthesize, []
    partners = defaultdict(list)
    for slide in slides.values():
        partners[slide.paired_with, slide.stain].append(slide.slide_id)
    plain = section.model_dump(mode="json", exclude={"gates"})
    for name, translator in study.translate.items():
        out, members = OUTPUT["synthesize"] / name, []
        for slide_id in (n for n, s in slides.items() if s.stain == translator.source):
            tiles = (slide_id, *partners[slide_id, translator.target])
            read = [OUTPUT["translate"] / f"{name}.json", *(OUTPUT["normalize"] / f"{n}.json" for n in tiles)]
            spec = {"seed": study.seed, **plain, "translator": name, "slide": slide_id}
            manifest = out / f"{slide_id}.json"
            members.append(Job("synthesize", "synthesize", (name, slide_id), manifest, tuple(read), spec))
        yield from members
        names = {job.key[1]: job.manifest.as_posix() for job in members}
        spec = _spec(study, section.gates, translator=name, members=names)
        gate = Job(
            "synthesize", "synthesize_gate", (name,), out / "index.json", tuple(j.manifest for j in members), spec
        )
        gates.append(gate)
        yield gate
    yield _index("synthesize", gates)


def pretrain_jobs(study: Study, slides: Slides) -> Iterator[Job]:
    """One encoder per arm and seed, the index."""
    section, members = study.pretrain, []
    common = section.model_dump(mode="json", exclude={"arms", "seeds"})
    tasks = {name: task.model_dump(mode="json") for name, task in study.evaluate.tasks.items()}
    for name, arm in section.arms.items():
        chosen = arm.model_dump(mode="json", exclude={"against"})  # what it is compared with trains nothing
        chosen["options"] = options(OBJECTIVES, arm.objective, arm.options, name)
        chosen["loss_options"] = options(LOSSES, arm.loss, arm.loss_options, name) if arm.loss else {}
        read = [index_of("normalize")]
        if arm.privileged and not real_stain(arm):
            read.append(OUTPUT["synthesize"] / arm.privileged / "index.json")
        for seed in section.seeds:
            spec = {
                **common,
                "arm": chosen,
                "task": tasks.get(arm.task or ""),
                "seed": study.seed,
                "repeat": seed,
            }
            manifest = OUTPUT["pretrain"] / name / f"{seed}.json"
            members.append(Job("pretrain", "pretrain", (name, str(seed)), manifest, tuple(read), spec))
    yield from members
    yield _index("pretrain", members)


def evaluate_jobs(study: Study, slides: Slides) -> Iterator[Job]:
    """One job per encoder and translator, one for the normaliser, the summary."""
    section, out, members = study.evaluate, OUTPUT["evaluate"], []
    index = index_of("normalize")
    spec = _spec(study, section)
    for arm in study.pretrain.arms:
        for seed in map(str, study.pretrain.seeds):
            read = (index, OUTPUT["pretrain"] / arm / f"{seed}.json")
            manifest = out / "encoders" / arm / f"{seed}.json"
            members.append(Job("evaluate", "evaluate_encoder", (arm, seed), manifest, read, spec))
    for name in study.translate:
        made = (index, OUTPUT["translate"] / f"{name}.json", OUTPUT["synthesize"] / name / "index.json")
        members.append(
            Job("evaluate", "evaluate_translator", (name,), out / "translators" / f"{name}.json", made, spec)
        )
    truth = (index, index_of("tile"), OUTPUT["normalize"] / "reference.json")
    members.append(Job("evaluate", "evaluate_normalization", (), out / "normalization.json", truth, spec))
    yield from members
    arms = {name: arm.model_dump(mode="json") for name, arm in study.pretrain.arms.items()}
    summary = {**spec, "arms": arms}
    yield Job("evaluate", "evaluate", (), out / "index.json", tuple(j.manifest for j in members), summary)


def report_jobs(study: Study, slides: Slides) -> Iterator[Job]:
    """The page."""
    phases = ("tile", "normalize", "translate", "synthesize", "pretrain", "evaluate")
    read = tuple(index_of(phase) for phase in phases)
    spec = _spec(study, study.report, study=study.model_dump(mode="json"))
    yield Job("report", "report", (), OUTPUT["report"] / "index.json", read, spec)


def real_stain(arm: Arm) -> str | None:
    """The stain whose real, registered slides are the arm's privileged view."""
    return arm.privileged.removeprefix(REAL) if arm.privileged and arm.privileged.startswith(REAL) else None


def _given(path: str) -> list[Path]:
    return [Path(path)] if path else []


BUILDERS: tuple[Callable[[Study, Slides], Iterator[Job]], ...] = (
    tile_jobs,
    normalize_jobs,
    translate_jobs,
    synthesize_jobs,
    pretrain_jobs,
    evaluate_jobs,
    report_jobs,
)


def _index(phase: str, members: list[Job], *kept: Job, **more: Any) -> Job:
    """The index of ``members``; ``kept`` jobs lie beside them and are no members, but stay."""
    names = {"/".join(job.key): job.manifest.as_posix() for job in members}
    read = tuple(job.manifest for job in (*members, *kept))
    return Job(phase, f"{phase}_index", (), index_of(phase), read, {"members": names, **more})


def _spec(study: Study, section: Any, /, **more: Any) -> Json:
    return {"seed": study.seed, **section.model_dump(mode="json"), **more}
