"""``segment``: tiles with labels, real or painted, to segmenters, one per arm and seed."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.study import arm_spec, cohorts, normalize, pretrain, synthesize, translate
from pipeline.study.arm import Text
from pipeline.study.encoders import code_of, files_of
from pipeline.study.generators import check_masks, names_of_classes
from pipeline.study.need import Slides
from pipeline.study.rule import Rule, check_name, index_job, index_rule
from pipeline.study.section import Count, Name, Positive, Seeds, Training
from pipeline.study.segment_arm import SegmentArm, images_of
from pipeline.study.segment_checks import check_arm
from pipeline.study.segment_sheet import check_found
from pipeline.study.segmenter_method import DecoderOptions, HoVerNetOptions, SegmenterMethod, UNetOptions

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "models/segmenters"
TRAIN = Rule(
    "segment",
    "segment",
    "pipeline.segment.training:train_segmenter",
    {"manifest": FOLDER + "/{arm}/{seed}.json"},
    {"folder": FOLDER + "/{arm}/{seed}"},
    ("cohort", "gate", "translator", "encoder", "weights", "painted"),
)
INDEX = index_rule("segment", FOLDER, history=FOLDER + "/history.csv")
RULES = (TRAIN, INDEX)


NETWORKS = "pipeline.core.networks"
METHODS = {
    "unet": SegmenterMethod("pipeline.segment.unet:UNetLearner", "U-Net", UNetOptions, network=f"{NETWORKS}.unet:UNet"),
    "hovernet": SegmenterMethod(
        "pipeline.segment.hovernet:HoVerNetLearner",
        "HoVer-Net",
        HoVerNetOptions,
        network=f"{NETWORKS}.hovernet:HoVerNet",
    ),
    "decoder": SegmenterMethod(
        "pipeline.segment.decoder:DecoderLearner",
        "decoder",
        DecoderOptions,
        network=f"{NETWORKS}.dense_decoder:DenseDecoder",
        encoded=True,
    ),
}


class Segment(Training):
    """``labels``: the stain of masks, which are registered to slides of ``images`` (by default the primary stain).

    Segmenters learn from training slides that have both, and are scored on the masks of test slides of ``test`` (by
    default ``images``). All arms take ``steps`` of ``batch`` tiles, if they do not say otherwise; gains are over
    ``baseline``.
    """

    labels: Text = "nuclei"
    images: Text | None = None
    test: Text | None = None
    arms: dict[Name, SegmentArm] = {}
    baseline: str | None = None
    seeds: Seeds = [0, 1, 2]
    steps: Count = 10_000
    batch: Count = 8
    lr: Positive = 1e-3

    def brought(self) -> list[Path]:
        """Folders of weights that the arms read and no phase makes."""
        return sorted(map(Path, {arm.place for arm in self.arms.values() if arm.place}))


def encoder_code(study: "Study", arm: SegmentArm) -> dict[str, str]:
    """Where the code of its encoder is, if it has one."""
    if not arm.encoder:
        return {}
    return {"encoder": code_of(arm.place) if arm.place else arm_spec.family_code(study, arm.encoder)}


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """One segmenter per arm and seed, the index."""
    members = list(chain.from_iterable(_of_arm(study, slides, name) for name in study.segment.arms))
    yield from members
    yield index_job(INDEX, members)


def _of_arm(study: "Study", slides: Slides, name: str) -> Iterator[Job]:
    """The segmenters of an arm."""
    section, arm = study.segment, study.segment.arms[name]
    method, through = METHODS[arm.method], arm.learn_through
    code = {"method": method.code, **encoder_code(study, arm)}
    spec = {
        "seed": study.seed,
        "method": arm.method,
        "options": method.filled(arm.options),
        "train": arm.shares,
        "stains": {"labels": section.labels, "images": images_of(study, slides, arm)},
        "classes": list(names_of_classes(study, section.labels)),
        "encoder": arm.place,
        **arm.trained(section),
    }
    files = {
        "weights": {path.as_posix(): path for path in files_of(arm.place)} if arm.place else {},
        "painted": {other: cohorts.COHORT.manifest(other) for other in arm.painted},
    }
    groups = {key: found for key, found in files.items() if found}
    for position, seed in enumerate(section.seeds):
        made = (through, translate.repeat_of(study.translate[through], position)) if through else None
        inputs = {
            "cohort": normalize.INDEX.manifest(),
            "gate": synthesize.GATE.manifest(*made) if made else None,
            "translator": translate.TRAIN.manifest(*made) if made else None,
            "encoder": pretrain.TRAIN.manifest(arm.pretrained, str(seed)) if arm.pretrained else None,
        }
        yield TRAIN.job(name, str(seed), code=code, inputs=inputs, groups=groups, spec={**spec, "repeat": seed})


def check_params(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the labels, the baseline and the arms."""
    section = study.segment
    if section.baseline not in section.arms and (section.baseline is not None or section.arms):
        fix = f"choose one of: {', '.join(section.arms)}" if section.arms else "remove it: there are no arms"
        yield StudyError(f"baseline {section.baseline!r} is no arm", where="segment.baseline", fix=fix)
    if section.arms:
        yield from check_masks(study, section.labels, "segmenters learn", "segment.labels")
    for name in section.arms:
        yield from check_name(name, "arm", TRAIN, RULES, f"segment.arms.{name}")
        yield from check_arm(study, name, METHODS)


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Whether the arms find what they learn from, and are tested on."""
    if study.segment.arms:
        yield from check_found(study, slides)
