"""A cohort of discs on pink with their masks, and generators that draw both exactly, or not at all."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.core.files import read_json, write_json
from pipeline.core.job import Job
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import write_store
from pipeline.engine.run import run

SIZE, TILES = 32, 24
CLASSES = ("round", "wide")
INDEX, OUT = Path("data/normalized/index.json"), Path("data/synthetic/more")
HERE = "tests.synthesize.painted"
LIMITS = {"min_shown": 0.3, "min_consistency": 0.3, "max_copied": 0.2, "max_distance": 3.0}
STAINS = {"tissue": "HE", "masks": "nuclei"}


def draw(present: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Mask, uint8, and instances, uint16 (y, x), of two discs of each class that is present: bool (class,)."""
    rng, (y, x) = np.random.default_rng(seed), np.mgrid[:SIZE, :SIZE]
    mask, instance = np.zeros((SIZE, SIZE), np.uint8), np.zeros((SIZE, SIZE), np.uint16)
    for place, number in enumerate(np.repeat(np.flatnonzero(present), 2), 1):
        cy, cx = 8 + 16 * np.array(divmod(place - 1, 2)) + rng.uniform(-2, 2, 2)
        here = (y - cy) ** 2 + (x - cx) ** 2 / (1 + number) < 16
        mask[here], instance[here] = number + 1, place
    return mask, instance


def stain(mask: np.ndarray, seed: int) -> np.ndarray:
    """uint8 (y, x, 3): dark where there is a nucleus, pink elsewhere, with noise."""
    clean = np.where(mask[..., None] > 0, [90, 50, 130], [230, 170, 205])
    noisy = clean + np.random.default_rng(seed).normal(0, 6, clean.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


class Painter:
    """Paints as the real slides look; every tile by its seed."""

    @classmethod
    def load(cls, folder: Path) -> "Painter":
        return cls()

    def __call__(self, mask, instance, seeds: Sequence[int], *, guidance, sampler, steps) -> np.ndarray:
        return np.stack([self.paint(own, seed) for own, seed in zip(mask, seeds, strict=True)])

    def paint(self, mask: np.ndarray, seed: int) -> np.ndarray:
        return stain(mask, seed % 2**32)


class Blind(Painter):
    """Paints tissue without looking at the mask."""

    def paint(self, mask: np.ndarray, seed: int) -> np.ndarray:
        return stain(draw(np.array([True, True]), seed % 2**32)[0][::-1, ::-1] * (mask == 0), seed % 2**32)


class Noise(Painter):
    """Paints no tissue."""

    def paint(self, mask: np.ndarray, seed: int) -> np.ndarray:
        grey = np.random.default_rng(seed % 2**32).integers(0, 256, (*mask.shape, 3))
        return (np.where(mask[..., None] > 0, grey // 4, grey // 2 + 128)).astype(np.uint8)


class Copy(Painter):
    """Gives back what it was trained on."""

    def paint(self, mask: np.ndarray, seed: int) -> np.ndarray:
        return stain(mask, 1000)  # the noise of the first real tile


class MaskMaker:
    """Draws just what it is asked for."""

    @classmethod
    def load(cls, folder: Path) -> "MaskMaker":
        return cls()

    def __call__(self, present, seeds, *, size, guidance, sampler, steps) -> tuple[np.ndarray, np.ndarray]:
        drawn = [self.draw(own, seed % 2**32) for own, seed in zip(present, seeds, strict=True)]
        masks, instances = zip(*drawn, strict=True)
        return np.stack(masks), np.stack(instances)

    def draw(self, present: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        return draw(present, seed)


class Empty(MaskMaker):
    """Draws nothing."""

    def draw(self, present: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        return draw(np.zeros(2, bool), seed)


class Contrary(MaskMaker):
    """Draws the classes often enough, and never where they are asked for."""

    def draw(self, present: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        return draw(~present, seed)


def asked(row: int) -> np.ndarray:
    """What a real tile shows: of three, one nothing, one round, one both."""
    return np.array([row % 3 > 0, row % 3 > 1])


def write_cohort(**splits: str) -> None:
    """Writes registered slides of HE and nuclei of patients, each with its split."""
    members = {}
    for number, (patient, split) in enumerate(splits.items(), 1):
        drawn = [draw(asked(row), 100 * number + row) for row in range(TILES)]
        masks, instances = (np.stack(own) for own in zip(*drawn, strict=True))
        images = np.stack([stain(mask, 1000 * number + row) for row, mask in enumerate(masks)])
        labels = {"image": images, "mask": masks, "instance": (instances.astype(np.uint32) * 1000)}
        arrays = {"image": TileArray(), "mask": TileArray("uint8", None), "instance": TileArray("uint32", None)}
        for kind, block, own in (("HE", images, {"image": TileArray()}), ("nuclei", labels, arrays)):
            name = f"{patient}-{kind}"
            path = Path(f"data/normalized/{name}.zarr")
            facts = {"slide": name, "patient": patient, "site": "s", "stain": kind, "split": split}
            columns = {"xy": np.zeros((TILES, 2), np.int64), "tissue": np.ones(TILES, np.float32)}
            write_store(path, [block], columns, {**facts, "mpp": 1.0}, size=SIZE, arrays=own)
            paired = f"{patient}-HE" if kind == "nuclei" else ""
            members[name] = NormalizedManifest(**facts, paired_with=paired, store=path, tiles=TILES).model_dump(
                mode="json"
            )
    write_json(INDEX, {"members": members})


def write_generator(name: str, patients: tuple[str, ...] = ("a",)) -> Path:
    """The manifest of a painter, or of a maker of masks."""
    folder = Path(f"models/translators/{name}/0")
    made = {"steps": 1, "tiles": TILES, "history": folder / "history.csv", "folder": folder}
    ends = {"source": "nuclei", "target": "HE", "method": "toy", "pairing": "paired", "classes": CLASSES}
    known = {"patients": patients, "weights": {"generator": f"digest of {name}"}, "configs": {}}
    manifest = TranslatorManifest(translator=name, repeat=0, **ends, **made, **known)
    write_json(folder.with_suffix(".json"), manifest.model_dump(mode="json"))
    return folder.with_suffix(".json")


def plan_job(*, tiles: int = 30, types: list | None = None, real: bool = False) -> Job:
    spec = {"seed": 0, "stain": "nuclei", "classes": list(CLASSES), "tiles": tiles, "types": types}
    outputs = {"manifest": OUT / "plan.json", "rows": OUT / "plan.npz"}
    code = {"maker": "pipeline.synthesize.plan:make_plan"}
    inputs = {"cohort": INDEX, "painter": Path("models/translators/painter/0.json")}
    inputs |= {} if real else {"masks": Path("models/translators/maker/0.json")}
    return Job("synthesize", "synthesize_plan", ("more",), code, inputs, outputs, spec)


def part_job(
    part: str = "part-000", *, first: int = 0, tiles: int = 30, batch: int = 7, painter: str = "Painter",
    maker: str = "MaskMaker", real: bool = False,
) -> Job:  # fmt: skip
    how = {
        "guidance": 0.5,
        "mask_guidance": None if real else 1.5,
        "sampler": "ddim",
        "steps": 5,
        "batch": batch,
        "size": SIZE,
        "mpp": 1.0,
    }
    code = {"maker": "pipeline.synthesize.part:make_part", "painter": f"{HERE}:{painter}"}
    inputs = {"plan": OUT / "plan.json", "painter": Path("models/translators/painter/0.json")}
    if real:
        inputs["cohort"] = INDEX
    else:
        inputs["masks"], code["masks"] = Path("models/translators/maker/0.json"), f"{HERE}:{maker}"
    outputs = {"manifest": OUT / f"{part}.json", "folder": OUT / part}
    spec = {"seed": 0, "first": first, "tiles": tiles, "stains": STAINS, **how}
    return Job("synthesize", "synthesize_part", ("more", part), code, inputs, outputs, spec)


def cohort_job(*parts: str, **limits: float) -> Job:
    code = {"maker": "pipeline.synthesize.cohort:make_cohort"}
    inputs = {"cohort": INDEX, "plan": OUT / "plan.json", "painter": Path("models/translators/painter/0.json")}
    groups = {"parts": {part: OUT / f"{part}.json" for part in parts or ("part-000",)}}
    spec = {"stains": STAINS, **LIMITS, **limits}
    return Job(
        "synthesize", "synthesize_cohort", ("more",), code, inputs, {"manifest": OUT / "index.json"}, spec, groups
    )


def content(job: Job) -> dict:
    """Runs a job; what its manifest says."""
    run(job)
    return read_json(job.manifest)
