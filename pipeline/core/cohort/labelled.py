"""Slides whose objects are labelled: what segmenters learn from, and are judged on."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.cohort.paired import registered
from pipeline.core.errors import ProductError
from pipeline.core.manifests.translators import GateManifest
from pipeline.core.store.array import array_names
from pipeline.core.store.rows import Rows

LABELS = ("mask", "instance")  # arrays that label every pixel: class ids, uint8, and ids of objects, uint16 or uint32


@dataclass(frozen=True)
class Labelled:
    """A slide, and the store that holds its LABELS, row by row."""

    slide: Member
    labels: Path

    def array(self, name: str) -> Rows:
        """One of LABELS, (tile, y, x)."""
        return Rows([self.labels], name)

    def pixels(self, gate: GateManifest | None) -> Path:
        """Where its tiles lie, or, with a gate, the views that its translator made of them.

        Raises:
            ProductError: There is no view of every tile.
        """
        if gate is None:
            return self.slide.store
        view = gate.members.get(self.slide.slide)
        if view is None or view.store is None or view.tiles != self.slide.tiles:
            raise ProductError(
                f"no view of every tile of {self.slide.slide}",
                where=f"data/privileged/{gate.translator}/{gate.repeat}/{self.slide.slide}.json",
                fix="run the synthesize phase again",
            )
        return view.store


def labelled_slides(cohort: Cohort, *, images: str, labels: str, split: str) -> list[Labelled]:
    """Slides of a stain and a split that are registered to labels, either way, in the order of their names.

    A slide of a mask stain that was cut as a picture alone labels nothing.

    Args:
        cohort: Of usable slides.
        images: Stain of the slides.
        labels: Stain of the masks.
        split: ``train``, ``val`` or ``test``.

    Raises:
        ProductError: There are none, or registered slides differ in their tiles.
    """
    found = []
    for slide, masks in registered(cohort, source=images, target=labels, split=split):
        if not set(LABELS) <= set(array_names(masks.store)):
            continue
        found.append(Labelled(slide, masks.store))
    if not found:
        raise ProductError(
            f"no slide of {images!r} in the split {split!r} is registered to labels {labels!r}",
            where="data/slides.csv: stain, split, paired_with",
            fix="register labelled slides to them; data/tiles/quarantine.csv says which slides are not used, and why",
        )
    return sorted(found, key=lambda own: own.slide.slide)
