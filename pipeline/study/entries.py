"""The arms of a study as the report speaks of them."""

from typing import TYPE_CHECKING

from pipeline.core.cohort.privileged import SELF
from pipeline.core.files import Json
from pipeline.study.arm import REAL_COHORT, Arm, Augment
from pipeline.study.arms import ORDER, published_of, role
from pipeline.study.encoders import FAMILIES
from pipeline.study.need import Slides
from pipeline.study.objectives import LOSSES, OBJECTIVES
from pipeline.study.translate import METHODS

if TYPE_CHECKING:
    from pipeline.study.study import Study

SOURCES = {"teacher": "taught by", "start": "starting from"}


def entries(study: "Study", slides: Slides) -> list[Json]:
    """The arms as the report speaks of them: floor first, then loss by loss, supervised last.

    Each has the fields of :class:`pipeline.report.entry.Entry`.
    """
    arms, first = study.pretrain.arms, study.evaluate.baseline
    losses = list(dict.fromkeys(_group(arms[name]) for name in ([first] if first else []) + list(arms)))

    def place(entry: Json) -> tuple[int, int, int]:
        end = {"floor": -1, "supervised": 1}.get(entry["role"], 0)
        return end, losses.index(entry["loss"]), ORDER.index(entry["role"])

    return sorted((_entry(name, first, study, slides) for name in arms), key=place)


def _entry(name: str, first: str | None, study: "Study", slides: Slides) -> Json:
    arms = study.pretrain.arms
    arm = arms[name]
    return {
        "name": name,
        "role": role(arm),
        "text": _text(arm, study),
        "task": arm.task,
        "loss": _group(arm),
        "published": published_of(name, arms, first),
        "view": arm.privileged or "",
        "patients": _taught(arm, study, slides),
        "restricted": bool(arm.pairs),
        "colour": (arm.augment or study.pretrain.augment).colour,
    }


def _taught(arm: Arm, study: "Study", slides: Slides) -> int | None:
    """Training patients whose registered slides taught an arm, or its translator; None where none had to."""
    made = study.translate.get(arm.translator or "")
    if (made is None and not arm.real) or (made and made.pairing != "paired" and not made.pairs):
        return None
    source, target = (made.source, made.target) if made else (study.primary(slides), arm.real)
    pairs = [s for s in slides.values() if s.stain == target and s.paired_with in slides]
    having = {s.patient_id for s in pairs if slides[s.paired_with].stain == source and s.split == "train"}
    return arm.pairs or (made.pairs if made else None) or len(having)


def _group(arm: Arm) -> str:
    """Under what the page lists it: its loss, or an objective that has one of its own."""
    objective = OBJECTIVES[arm.objective]
    return _loss_text(arm) or ("" if objective.role else objective.title)


def _loss_text(arm: Arm) -> str:
    """The loss, with the options that differ from the defaults, and an augmentation of its own."""
    if arm.loss is None or OBJECTIVES[arm.objective].role:
        return ""
    method = LOSSES[arm.loss]
    usual, chosen = method.filled({}), method.filled(arm.loss_options)
    changed = [f"{key} {value}" for key, value in sorted(chosen.items()) if value != usual[key]]
    text = f"{method.title} ({', '.join(changed)})" if changed else method.title
    return f"{text}, {_augment_text(arm.augment)}" if arm.augment else text


def _augment_text(augment: Augment) -> str:
    """An augmentation that is not the study's."""
    stain = f", stain {augment.stain:g}" if augment.stain else ""
    strengths = f" (colour {augment.colour:g}, geometry {augment.geometry:g}{stain})"
    return f"{augment.preset} augmentation{strengths if augment.preset == 'corrected' else ''}"


def _text(arm: Arm, study: "Study") -> str:
    objective = OBJECTIVES[arm.objective]
    parts = [f"{objective.title} of “{arm.task}”" if arm.task else objective.title]
    parts += [f"{text} {name}" for key, text in SOURCES.items() if (name := arm.sources.get(key))]
    if arm.encoder:
        sizes = " ".join(str(value) for value in arm.encoder.given.values())
        parts.append(f"{FAMILIES[arm.encoder.family].title} {sizes}".strip())
    if arm.captions:
        parts.append(_captions(arm.captions, study))
    if arm.privileged:
        parts.append(_view(arm, study))
    if arm.control:
        parts.append(f"{arm.control} (control)")
    loss = _loss_text(arm) or (_augment_text(arm.augment) if arm.augment else "")
    parts += [loss] if loss else []
    if arm.painted:
        also = ", ".join(arm.painted)
        parts.append(f"{'tiles' if REAL_COHORT not in arm.cohorts else 'also'} painted: {also}")
    if arm.only_with:
        parts.append(f"only tiles with real {arm.only_with}")
    if arm.pairs:
        parts.append(f"of {_patients(arm.pairs)}")
    if arm.length == "epochs":
        parts.append("for as many epochs, not steps")
    return ", ".join(parts)


def _captions(name: str, study: "Study") -> str:
    """What its captions are, and that labels in them are labels."""
    source = study.pretrain.captions[name]
    if source.labelled:
        return f"captions “{name}” of the tiles' labels (supervised)"
    return f"captions “{name}”{' of the slide sheet' if source.templates else ''}"


def _view(arm: Arm, study: "Study") -> str:
    if arm.privileged == SELF:
        return "the tile itself (own view)"
    if arm.real or arm.vector:
        return f"real {arm.real or arm.vector}"
    section = study.translate[arm.privileged or ""]
    few = f" from {_patients(section.pairs)}" if section.pairs else ""
    return f"{section.target} by {METHODS[section.method].title}{few}"


def _patients(count: int) -> str:
    return "1 patient" if count == 1 else f"{count} patients"
