"""``pretrain``: tiles and their privileged view to encoders, one per arm and seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from pipeline.core.cohort.privileged import REAL, SELF
from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.study import normalize, synthesize, translate
from pipeline.study.arm import Arm, Augment, Encoder, Projector
from pipeline.study.method import Method, check_method
from pipeline.study.need import Slides, need_pair, need_patients, need_primary
from pipeline.study.rule import Rule, check_name, index_job, index_rule
from pipeline.study.section import Count, Name, Positive, Section, Seeds, Share
from pipeline.study.stains import kind_of

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "models/encoders"
TRAIN = Rule(
    "pretrain",
    "pretrain",
    "pipeline.pretrain.training:train_encoder",
    {"manifest": FOLDER + "/{arm}/{seed}.json"},
    {"folder": FOLDER + "/{arm}/{seed}"},
    ("cohort", "gate"),
)
INDEX = index_rule("pretrain", FOLDER, history=FOLDER + "/history.csv")
RULES = (TRAIN, INDEX)


class TriDeNTOptions(Section):
    """See :class:`pipeline.pretrain.joint.JointEmbedding`."""

    heads: Literal["per_encoder", "per_pair"] = "per_encoder"


class VICRegOptions(Section):
    """See :data:`pipeline.pretrain.vicreg.FORMS`."""

    mode: Literal["released", "pairwise", "paper"] = "released"


class ContrastOptions(Section):
    """See :class:`pipeline.pretrain.contrast.Contrast`."""

    temperature: Positive = 0.5


class BarlowOptions(Section):
    """See :class:`pipeline.pretrain.barlow.BarlowTwins`."""

    redundancy: Positive = 5e-3


@dataclass(frozen=True)
class Objective(Method):
    """A way to train an encoder.

    Args:
        takes: The keys of an arm that act on it, beside its options.
        role: Of its arms, where that is always the same: ``floor`` or ``supervised``.
    """

    takes: frozenset[str] = frozenset()
    role: str = ""


JOINT = frozenset({"loss", "loss_options", "only_with", "pairs", "length", "augment"})
PRIVILEGED = JOINT | {"privileged", "control"}
LABELLED = frozenset({"task", "only_with", "pairs", "length", "augment"})
HOME = "pipeline.pretrain"
OBJECTIVES = {
    "untrained": Objective(f"{HOME}.untrained:Untrained", "random weights", role="floor"),
    "supervised": Objective(
        f"{HOME}.supervised:Supervised", "trained with all labels", takes=LABELLED, role="supervised"
    ),
    "unprivileged": Objective(f"{HOME}.siamese:Unprivileged", "two views of the slide", takes=JOINT),
    "siamese": Objective(f"{HOME}.siamese:PrivilegedSiamese", "privileged Siamese", takes=PRIVILEGED),
    "trident": Objective(f"{HOME}.trident:TriDeNT", "TriDeNT", TriDeNTOptions, takes=PRIVILEGED),
}
LOSSES = {
    "vicreg": Method(f"{HOME}.vicreg:VICReg", "VICReg", VICRegOptions),
    "infonce": Method(f"{HOME}.infonce:InfoNCE", "InfoNCE", ContrastOptions),
    "nt_xent": Method(f"{HOME}.nt_xent:NTXent", "NT-Xent", ContrastOptions),
    "barlow": Method(f"{HOME}.barlow:BarlowTwins", "Barlow Twins", BarlowOptions),
}


class Pretrain(Section):
    """Every arm takes ``epochs`` x (training tiles of the cohort / ``batch``) steps, whatever its sample count.

    There is an encoder for each of ``seeds``, and ``untrained`` random ones for each arm that is a floor.
    An arm with ``length: epochs`` counts its own tiles instead.
    ``buffer`` tiles are shuffled together, shard by shard, for stores on a slow disk; without, all tiles are.
    """

    augment: Augment = Augment()
    arms: dict[Name, Arm] = {}
    seeds: Seeds = [0, 1, 2]
    untrained: Count = 10
    epochs: Count = 100
    batch: Annotated[int, Field(ge=2, strict=True)] = 256
    buffer: Count | None = None
    lr: Positive = 1e-4
    warmup: Share = 0.1
    clip_norm: Positive = 1.0
    clip_per: Literal["global", "tensor"] = "global"
    reduction: Literal["mean", "sum"] = "mean"
    encoder: Encoder = Encoder()
    projector: Projector = Projector()
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    checkpoint_every: Count = 1000

    @field_validator("arms")
    @classmethod
    def _without_repeats(cls, arms: dict[str, Arm], info: ValidationInfo) -> dict[str, Arm]:
        """An arm that repeats the study's augmentation has none of its own."""
        usual = info.data.get("augment")
        return {k: arm.model_copy(update={"augment": None}) if arm.augment == usual else arm for k, arm in arms.items()}

    def seeds_of(self, name: str) -> list[int]:
        """The repeats of an arm; of a floor as many as ``untrained`` says, those of the other arms first."""
        if OBJECTIVES[self.arms[name].objective].role != "floor":
            return self.seeds
        others = (seed for seed in count() if seed not in self.seeds)
        return list(islice(chain(self.seeds, others), self.untrained))


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """One encoder per arm and seed, the index."""
    section, members = study.pretrain, []
    common, primary = (
        section.model_dump(mode="json", exclude={"arms", "seeds", "untrained", "augment"}),
        study.primary(slides),
    )
    common |= {"primary": primary, "primary_kind": kind_of(primary, study.stains)}
    for name, arm in section.arms.items():
        code = {"objective": OBJECTIVES[arm.objective].code}
        chosen = arm.model_dump(mode="json", exclude={"against", "augment"})  # 'against' trains nothing
        chosen["options"] = OBJECTIVES[arm.objective].filled(arm.options)
        if arm.loss:
            code["loss"] = LOSSES[arm.loss].code
            chosen["loss_options"] = LOSSES[arm.loss].filled(arm.loss_options)
        task = study.evaluate.tasks[arm.task] if arm.task else None
        if task:
            code["task"] = task.code
        made, primary = arm.translator, common["primary"]
        target = study.translate[made].target if made else arm.real or (primary if arm.privileged else None)
        for position, seed in enumerate(section.seeds_of(name)):
            repeat = translate.repeat_of(study.translate[made], position) if made else None
            inputs = {
                "cohort": normalize.INDEX.manifest(),
                "gate": synthesize.GATE.manifest(made, repeat) if made and repeat else None,
            }
            spec = {
                **common,
                "augment": (arm.augment or section.augment).model_dump(mode="json"),
                "arm": chosen,
                "task": task.filled() if task else None,
                "view_kind": kind_of(target, study.stains) if target else None,
                "seed": study.seed,
                "repeat": seed,
                "drawing": translate.drawing(study, position) if arm.pairs else None,
            }
            members.append(TRAIN.job(name, str(seed), code=code, inputs=inputs, spec=spec))
    yield from members
    yield index_job(INDEX, members)


def check_params(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the augmentation and in the arms."""
    arms = study.pretrain.arms
    yield from _check_augment(study.pretrain.augment, "pretrain.augment")
    for name, arm in arms.items():
        where = f"pretrain.arms.{name}"
        yield from check_name(name, "arm", TRAIN, RULES, where)
        yield from check_method(OBJECTIVES, arm.objective, arm.options, f"{where}.objective", f"{where}.options")
        if arm.objective in OBJECTIVES:
            yield from _check_keys(study, where, arm)
        if arm.augment:
            yield from _check_augment(arm.augment, f"{where}.augment")
        others = [other for other in arms if other != name]
        for against in arm.against:
            if against not in others:
                fix = f"choose of: {', '.join(others)}" if others else "remove it: there is no other arm"
                yield StudyError(f"{against!r} is no other arm", where=f"{where}.against", fix=fix)


def _check_augment(augment: Augment, where: str) -> Iterator[StudyError]:
    """Strengths of an augmentation that has none."""
    for key in ("colour", "geometry") if augment.preset == "released" else ():
        if getattr(augment, key) != 1:
            fix = "remove it, or set preset: corrected"
            yield StudyError("the published augmentation has no strength", where=f"{where}.{key}", fix=fix)


def _check_keys(study: "Study", where: str, arm: Arm) -> Iterator[StudyError]:
    """Keys that an arm lacks, that have no effect on its objective, or that name what is not there."""
    takes = OBJECTIVES[arm.objective].takes
    sources = ", ".join([*study.translate, f"{REAL}<stain>", SELF])
    if "loss" in takes and arm.loss is None:
        fix = f"one of: {', '.join(LOSSES)}"
        yield StudyError(f"{arm.objective!r} needs a loss", where=f"{where}.loss", fix=fix)
    elif "loss" in takes:
        yield from check_method(LOSSES, arm.loss, arm.loss_options, f"{where}.loss", f"{where}.loss_options")
    if ("privileged" in takes) != (arm.privileged is not None):
        need = "needs a privileged source" if "privileged" in takes else "takes no privileged source"
        yield StudyError(f"{arm.objective!r} {need}", where=f"{where}.privileged", fix=f"sources: {sources}")
    for key in ("control", "only_with", "pairs", "length", "task", "augment", "loss", "loss_options"):
        if getattr(arm, key) != Arm.model_fields[key].get_default(call_default_factory=True) and key not in takes:
            able = ", ".join(name for name, objective in OBJECTIVES.items() if key in objective.takes)
            fix = f"remove it, or choose an objective of: {able}"
            yield StudyError(f"{key!r} has no effect on {arm.objective!r}", where=f"{where}.{key}", fix=fix)
    if arm.translator and arm.translator not in study.translate:
        yield StudyError(
            f"no translator makes the privileged source {arm.privileged!r}",
            where=f"{where}.privileged",
            fix=f"use one of: {sources}; or add the translator under 'translate'",
        )
    if arm.control and arm.privileged == SELF:
        fix = "remove it: what a tile shows of itself is the own view; or name another source"
        yield StudyError(f"{arm.control!r} and {SELF!r} are two controls", where=f"{where}.control", fix=fix)
    if arm.pairs and "pairs" in takes:
        yield from _check_pairs(where, arm)
    tasks = [name for name, task in study.evaluate.tasks.items() if not task.continuous]
    if "task" in takes and arm.task not in tasks:
        fix = f"choose one of: {', '.join(tasks) or 'none; add tasks under evaluate'}"
        yield StudyError(f"a supervised arm needs a task of classes, not {arm.task!r}", where=f"{where}.task", fix=fix)


def _check_pairs(where: str, arm: Arm) -> Iterator[StudyError]:
    """Whether it is said which partners ``pairs`` counts."""
    if not arm.partner:
        yield StudyError(
            "'pairs' counts patients with a registered partner, and no key says of which stain",
            where=f"{where}.pairs",
            fix="add only_with: <stain>, which a synthetic view needs, too; or privileged: real/<stain>",
        )
    elif arm.only_with and arm.partner != arm.only_with:
        yield StudyError(
            f"'pairs' counts patients with partners of one stain, not of {arm.partner!r} and {arm.only_with!r}",
            where=f"{where}.only_with",
            fix="remove it",
        )


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Whether the arms find what they learn from."""
    if not study.pretrain.arms:
        return
    yield from need_primary(slides, ("train",))
    primary = study.primary(slides)
    for name, arm in study.pretrain.arms.items() if primary else ():
        where = f"params.yaml: pretrain.arms.{name}"
        translator = study.translate.get(arm.translator or "")
        if translator and translator.source != primary:
            yield StudyError(
                f"{arm.privileged!r} translates {translator.source!r}, and encoders learn from {primary!r}",
                where=f"{where}.privileged",
                fix=f"use a translator whose source is {primary!r}",
            )
        for key, stain in (("only_with", arm.only_with), ("privileged", arm.real)):
            if stain is not None:
                yield from need_pair(primary, stain, f"{where}.{key}", slides, ("train",)).check()
        if arm.pairs and arm.partner:
            yield from need_patients(arm.pairs, primary, arm.partner, f"{where}.pairs", slides)
