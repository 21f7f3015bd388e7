"""``pretrain``: tiles and their privileged view to encoders, one per arm and seed."""

from collections.abc import Iterator
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.study import cohorts, normalize, synthesize, translate
from pipeline.study.arm import Arm, Augment, Projector, Vectors
from pipeline.study.arm_checks import check_arm, check_augment, check_circles
from pipeline.study.arm_sheet import check_found
from pipeline.study.arm_spec import captions_file, code_of_arm, spec_of_arm
from pipeline.study.captions import Captions, check_captions, text_files
from pipeline.study.encoders import Encoder, check_encoder, files_of, is_place
from pipeline.study.need import Slides, need_primary
from pipeline.study.objectives import OBJECTIVES
from pipeline.study.optimizers import check_optimizer
from pipeline.study.presets import PRESETS, with_preset
from pipeline.study.rule import Rule, check_name, index_job, index_rule
from pipeline.study.scale import check_scale
from pipeline.study.section import Count, Name, Positive, Section, Seeds, Share

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "models/encoders"
TRAIN = Rule(
    "pretrain",
    "pretrain",
    "pipeline.pretrain.training:train_encoder",
    {"manifest": FOLDER + "/{arm}/{seed}.json"},
    {"folder": FOLDER + "/{arm}/{seed}"},
    ("cohort", "gate", "vectors", "captions", "teacher", "start", "weights", "painted"),
)
INDEX = index_rule("pretrain", FOLDER, history=FOLDER + "/history.csv")
RULES = (TRAIN, INDEX)


class Pretrain(Section):
    """Every arm takes ``epochs`` x (training tiles of the cohort / ``batch``) steps, whatever its sample count.

    There is an encoder for each of ``seeds``, and ``untrained`` random ones for each arm that is a floor.
    An arm with ``length: epochs`` counts its own tiles instead. ``preset`` fills in a source's recipe where the study
    says nothing itself; see :mod:`pipeline.study.presets`.
    ``buffer`` tiles are shuffled together, shard by shard, for stores on a slow disk; without, all tiles are.
    A ``batch`` is shared by the ``devices`` of each of the ``nodes``, which gives what one device with the whole batch
    would, and each goes through its share in ``accumulate`` parts, where an objective allows it.
    """

    preset: str | None = None
    augment: Augment = Augment()
    encoder: Encoder = Encoder()
    lr: Positive = 1e-4
    arms: dict[Name, Arm] = {}
    vectors: dict[Name, Vectors] = {}
    captions: dict[Name, Captions] = {}
    seeds: Seeds = [0, 1, 2]
    untrained: Count = 10
    epochs: Count = 100
    batch: Annotated[int, Field(ge=2, strict=True)] = 256
    accumulate: Count = 1
    devices: Count = 1
    nodes: Count = 1
    buffer: Count | None = None
    optimizer: str = "adam"
    optimizer_options: dict[str, Any] = {}
    warmup: Share = 0.1
    clip_norm: Positive | None = 1.0
    clip_per: Literal["global", "tensor"] = "global"
    reduction: Literal["mean", "sum"] = "mean"
    projector: Projector = Projector()
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    checkpoint_every: Count = 1000

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, content: object) -> object:
        return with_preset(content) if isinstance(content, dict) else content

    @field_validator("arms")
    @classmethod
    def _without_repeats(cls, arms: dict[str, Arm], info: ValidationInfo) -> dict[str, Arm]:
        """An arm that repeats the study's augmentation, encoder or learning rate has none of its own."""
        usual = info.data
        return {
            name: arm.without(usual.get("augment"), usual.get("encoder"), usual.get("lr")) for name, arm in arms.items()
        }

    def seeds_of(self, name: str) -> list[int]:
        """The repeats of an arm; of a floor as many as ``untrained`` says, those of the other arms first."""
        if OBJECTIVES[self.arms[name].objective].role != "floor":
            return self.seeds
        others = (seed for seed in count() if seed not in self.seeds)
        return list(islice(chain(self.seeds, others), self.untrained))

    def brought(self) -> list[Path]:
        """Files and folders that the arms read and no phase makes: tables of numbers, captions, weights."""
        arms = self.arms.values()
        tables = {self.vectors[arm.vector].path for arm in arms if arm.vector}
        said = {self.captions[arm.captions].file for arm in arms if arm.captions}
        places = {place for arm in arms for place in (*filter(is_place, arm.sources.values()), arm.text)}
        return sorted(map(Path, filter(None, tables | said | places)))

    def untouched(self) -> "Pretrain":
        """What of it acts on an encoder that is not trained."""
        return Pretrain(encoder=self.encoder, batch=self.batch)

    def encoder_of(self, arm: Arm) -> Encoder:
        """What the encoder of an arm is, where it does not start from one that is there."""
        return arm.encoder or self.encoder


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """One encoder per arm and seed, the index."""
    members = [job for name in study.pretrain.arms for job in _of_arm(study, slides, name)]
    yield from members
    yield index_job(INDEX, members)


def _of_arm(study: "Study", slides: Slides, name: str) -> Iterator[Job]:
    """The encoders of an arm."""
    section = study.pretrain
    arm, primary, made = section.arms[name], study.primary(slides), section.arms[name].translator
    code, common = code_of_arm(study, arm), spec_of_arm(study, arm, primary)
    read = [path for place in filter(is_place, arm.sources.values()) for path in files_of(place)]
    weights = {path.as_posix(): path for path in (*read, *(text_files(arm.text) if arm.text else ()))}
    for position, seed in enumerate(section.seeds_of(name)):
        repeat = translate.repeat_of(study.translate[made], position) if made else None
        inputs = {
            "cohort": normalize.INDEX.manifest(),
            "gate": synthesize.GATE.manifest(made, repeat) if made and repeat else None,
            "vectors": Path(section.vectors[arm.vector].path) if arm.vector else None,
            "captions": captions_file(study, arm),
            **{key: TRAIN.manifest(other, str(seed)) for key, other in arm.sources.items() if not is_place(other)},
        }
        own = {"repeat": seed, "drawing": translate.drawing(study, position) if arm.pairs else None}
        painted = {other: cohorts.COHORT.manifest(other) for other in arm.painted}
        groups = {key: files for key, files in (("weights", weights), ("painted", painted)) if files}
        yield TRAIN.job(name, str(seed), code=code, inputs=inputs, groups=groups, spec={**common, **own})


def check_params(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the augmentation, the encoder and the arms."""
    section = study.pretrain
    if section.preset is not None and section.preset not in PRESETS:
        fix = f"choose one of: {', '.join(PRESETS)}"
        yield StudyError(f"no preset {section.preset!r}", where="pretrain.preset", fix=fix)
    yield from check_augment(section.augment, "pretrain.augment")
    yield from check_encoder(section.encoder, study.tile.size, "pretrain.encoder")
    yield from check_optimizer(section.optimizer, section.optimizer_options)
    yield from check_scale(section)
    for name in section.arms:
        yield from check_name(name, "arm", TRAIN, RULES, f"pretrain.arms.{name}")
        yield from check_arm(study, name)
    yield from check_circles(section.arms)
    yield from check_captions(study)


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Whether the arms find what they learn from."""
    if not study.pretrain.arms:
        return
    yield from need_primary(slides, ("train",))
    primary = study.primary(slides)
    for name in study.pretrain.arms if primary else ():
        yield from check_found(study, slides, name, primary)
