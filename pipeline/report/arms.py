"""What an arm is: its role, what it is compared with, and one line that says what it learns from."""

from dataclasses import dataclass

from pipeline.study import registry
from pipeline.study.arms import FIXED, baseline_of, role
from pipeline.study.sections import Arm
from pipeline.study.study import REAL, Study

METHODS = {"cyclegan": "CycleGAN", "pix2pix": "pix2pix"}
LOSSES = {"vicreg": "VICReg", "infonce": "InfoNCE"}
OBJECTIVES = {"trident": "TriDeNT", "siamese": "privileged Siamese", "unprivileged": "two views of the slide"}
ORDER = ("floor", "baseline", "plain", "synthetic", "real", "control", "ceiling")


@dataclass(frozen=True)
class Entry:
    """An arm of the study, as the page speaks of it.

    ``role`` is that of :func:`pipeline.study.arms.role`; a ceiling is trained with the labels of ``task``.
    ``baseline`` is the arm it is compared with, ``against`` its loss and that arm in words.
    """

    name: str
    role: str
    text: str
    task: str | None = None
    baseline: str | None = None
    against: str = ""


def entries(study: Study) -> list[Entry]:
    """The arms in the order of the tables: floor first, then loss by loss, ceiling last."""
    arms, first = study.pretrain.arms, study.evaluate.baseline
    losses = list(dict.fromkeys(_loss(arms[name]) for name in (first, *arms)))

    def place(entry: Entry) -> tuple[int, int, int]:
        end = {"floor": -1, "ceiling": 1}.get(entry.role, 0)
        return end, losses.index(_loss(arms[entry.name])), ORDER.index(entry.role)

    return sorted((_entry(name, study) for name in arms), key=place)


def _entry(name: str, study: Study) -> Entry:
    arms, arm = study.pretrain.arms, study.pretrain.arms[name]
    baseline = baseline_of(name, arms, study.evaluate.baseline)
    return Entry(
        name,
        role(name, arms, study.evaluate.baseline),
        _text(arm, study),
        arm.task,
        baseline,
        _against(_loss(arm), baseline, _loss(arms[baseline])) if baseline else "",
    )


def _against(loss: str, baseline: str, other: str) -> str:
    """The comparison in words; the baseline's loss is named where it is another."""
    parts = (f"{loss}, " if loss else "", f"over “{baseline}”", f" with {other}" if other not in ("", loss) else "")
    return "".join(parts)


def _loss(arm: Arm) -> str:
    """The loss, with the options that differ from the defaults."""
    if arm.loss is None or arm.objective in FIXED:
        return ""
    defaults = registry.LOSSES[arm.loss].options
    changed = [f"{key} {value}" for key, value in sorted(arm.loss_options.items()) if value != defaults[key]]
    name = LOSSES.get(arm.loss, arm.loss)
    return f"{name} ({', '.join(changed)})" if changed else name


def _text(arm: Arm, study: Study) -> str:
    if arm.objective == "untrained":
        return "random weights"
    if arm.objective == "supervised":
        return f"trained with all labels of “{arm.task}”"
    parts = [OBJECTIVES.get(arm.objective, arm.objective)]
    if arm.privileged:
        parts.append(_view(arm.privileged, study))
    if arm.control:
        parts.append(f"{arm.control} (control)")
    parts.append(_loss(arm))
    if arm.only_with:
        parts.append(f"only tiles with real {arm.only_with}")
    return ", ".join(parts)


def _view(privileged: str, study: Study) -> str:
    if privileged.startswith(REAL):
        return f"real {privileged.removeprefix(REAL)}"
    translator = study.translate[privileged]
    return f"{translator.target} by {METHODS.get(translator.method, translator.method)}"
