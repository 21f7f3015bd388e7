"""A tiny cohort on disk, as ``normalize`` leaves it: two classes of texture, and a second view that is noise."""

from pathlib import Path

import numpy as np

from pipeline.core.files import write_json
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.slides.slide import Slide
from pipeline.core.store.store import write_store

SIZE, TILES = 16, 16
INDEX = Path("data/normalized/index.json")
NAMES = ["coarse", "fine"]


def write_cohort(seed: int, *, training: int, tested: int) -> dict[str, Slide]:
    """Writes stores and index into the current folder; returns the rows of the sheet.

    Classes differ in the size of their grains, and patients in colour. The noise has the mean and the deviation of its
    slide, and knows no tile of it.
    """
    rng, slides, members = np.random.default_rng(seed), {}, {}
    for number in range(training + tested):
        patient, split = f"p{number:02}", "train" if number < training else "test"
        label = np.arange(TILES) % 2
        images = np.stack([_texture(rng, kind) for kind in label])
        images = np.clip(images * rng.uniform(0.7, 1.3, 3) + rng.normal(0, 12, 3), 0, 255)
        noise = rng.normal(images.mean((0, 1, 2)), images.std((0, 1, 2)), images.shape)
        views = {"HE": images, "noise": np.clip(noise, 0, 255)}
        for stain, tiles in views.items():
            name, partner = f"{patient}-{stain}", f"{patient}-HE" if stain != "HE" else ""
            facts = {"patient": patient, "site": "a", "stain": stain, "split": split, "paired_with": partner}
            slides[name] = Slide(
                slide_id=name, path=f"{name}.tif", patient_id=patient, site="a", stain=stain, split=split,
                paired_with=partner, label="coarse" if stain == "HE" else "",
            )  # fmt: skip
            columns = {"xy": np.zeros((TILES, 2), np.int64), "tissue": np.ones(TILES, np.float32)}
            attributes = {"label_names": NAMES} if stain == "HE" else {}
            if stain == "HE":
                columns["label"] = label.astype(np.int16)
            store = INDEX.parent / f"{name}.zarr"
            write_store(store, [tiles.astype(np.uint8)], columns, attributes, size=SIZE)
            members[name] = NormalizedManifest(slide=name, store=store, tiles=TILES, **facts).model_dump(mode="json")
    write_json(INDEX, IndexManifest(members=members).model_dump(mode="json"))
    return slides


def _texture(rng: np.random.Generator, kind: int) -> np.ndarray:
    """float (SIZE, SIZE, 3): grains of four pixels, or of two."""
    side = 2 if kind else 4
    grains = rng.normal(140, 45, (SIZE // side, SIZE // side))
    grey = np.kron(grains, np.ones((side, side))) + rng.normal(0, 25, (SIZE, SIZE))
    return np.repeat(grey[..., None], 3, axis=2)
