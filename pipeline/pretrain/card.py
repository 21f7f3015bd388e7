"""The card of an encoder."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.cohort.preparation import prepared
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.card import Card, Group
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.networks.place import NAME

NONE: Mapping[str, Cohort] = {}


def encoder_card(job: Job, cohort: Cohort, trained: EncoderManifest, painted: Mapping[str, Cohort] = NONE) -> Card:
    """What is known of an encoder when its training ends.

    Args:
        job: Its spec holds the ``primary`` stain, the ``preparation`` that the study asked for, and the settings.
        cohort: All usable slides.
        trained: The encoder.
        painted: The synthetic cohorts that it learned from, by name.
    """
    spec = job.spec
    return Card(
        arm=trained.arm,
        seed=trained.seed,
        settings={key: value for key, value in spec.items() if key != "preparation"} | {"arm": told(spec["arm"])},
        patients=len(trained.patients),
        tiles=trained.tiles,
        steps=trained.steps,
        weights=trained.weights[NAME],
        cohort=(
            *groups(cohort.select(stain=spec["primary"])),
            *(_painted(name, own.select(stain=spec["primary"])) for name, own in painted.items()),
        ),
        preparation=prepared(spec["preparation"], job.inputs["cohort"]),
    )


def told(arm: Json) -> Json:
    """An arm's settings, of folders and files their names alone: where they lay is nobody's concern."""
    named = {key: Path(arm[key]).name for key in ("start", "teacher") if arm.get(key)}
    options = {key: Path(own).name if isinstance(own, str) else own for key, own in arm["options"].items()}
    return {**arm, **named, "options": options}


def groups(members: list[Member]) -> tuple[Group, ...]:
    """Slides by split and site: training, validation and test, sites by name."""
    found: dict[tuple[str, str], list[Member]] = defaultdict(list)
    for member in members:
        found[member.split, member.site].append(member)
    order = sorted(found, key=lambda key: (("train", "val", "test").index(key[0]), key[1]))
    return tuple(
        Group(
            split=split,
            site=site,
            patients=len({m.patient for m in found[split, site]}),
            slides=len(found[split, site]),
            tiles=sum(m.tiles for m in found[split, site]),
        )
        for split, site in order
    )


def _painted(name: str, members: list[Member]) -> Group:
    """A synthetic cohort, which no patient stands behind."""
    tiles = sum(member.tiles for member in members)
    return Group(split="train", site=f"painted: {name}", patients=0, slides=len(members), tiles=tiles)
