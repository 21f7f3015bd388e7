"""A normaliser that learns: from the sheet's plan to a normalised slide."""

from pathlib import Path

import numpy as np
import torch

from pipeline.core.files import write_json
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.normalizer import NormalizerManifest
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.networks.generators import ResNetGenerator
from pipeline.core.networks.weights import describe
from pipeline.core.slides.slide import Slide
from pipeline.core.store.store import TileStore, write_store
from pipeline.core.train.learner import Learner
from pipeline.core.translation.translator import Translator, to_tensor
from pipeline.engine.run import run
from pipeline.normalize.normalizer import Normalizer
from pipeline.study import normalize
from pipeline.study.section import Count, Section
from pipeline.study.study import parse_study

NETWORK = {"width": 2, "blocks": 1}
TOY = {"method": "toy", "options": {"blocks": 1}, "training": {"steps": 3, "batch": 2}}


class Options(Section):
    blocks: Count = 9


class Toy(Learner):
    """Learns to make tiles grey."""

    def __init__(self, *, size: int, lr: float, blocks: int) -> None:
        super().__init__()
        assert size == 16
        self.network, self.lr = ResNetGenerator(width=2, blocks=blocks), lr

    def optimizers(self):
        return {"model": torch.optim.SGD(self.network.parameters(), self.lr)}

    def forward(self, batch, turn):
        return {"total": self.network(to_tensor(batch["image"])).square().mean()}

    def exports(self):
        return {"generator": (self.network, describe(ResNetGenerator, **NETWORK))}


class Learned(Normalizer):
    """Applies what was learned."""

    def __init__(self, model: Path, blocks: int) -> None:
        self.translator = Translator.load(model)

    def change(self, fit, target):
        return self.translator


def write_tiles(name: str) -> None:
    path = Path(f"data/tiles/{name}.zarr")
    images = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), np.uint8)
    columns = {"xy": np.zeros((6, 2), np.int64), "tissue": np.ones(6, np.float32)}
    write_store(path, [images], columns, {"slide": name}, size=16)
    facts = {"slide": name, "patient": name, "site": "x", "stain": "HE", "split": "test" if name == "b" else "train"}
    write_json(path.with_suffix(".json"), TileManifest(**facts, store=path, tiles=6).model_dump(mode="json"))


def test_it_is_fitted_on_training_slides_and_applied_to_all(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    toy = normalize.Normalizer(f"{__name__}:Learned", "toy", Options, learner=f"{__name__}:Toy")
    monkeypatch.setitem(normalize.METHODS, "toy", toy)
    for name in "ab":
        write_tiles(name)
    members = {name: TileManifest.read(Path(f"data/tiles/{name}.json")).model_dump(mode="json") for name in "ab"}
    write_json(Path("data/tiles/index.json"), IndexManifest(members=members).model_dump(mode="json"))
    slides = {n: Slide(slide_id=n, path=f"{n}.svs", split="test" if n == "b" else "train") for n in "ab"}
    jobs = list(normalize.jobs(parse_study({"normalize": TOY}), slides))
    assert [job.rule for job in jobs] == ["normalize_train", "normalize", "normalize", "normalize_index"]
    for job in jobs:
        run(job)
    model = NormalizerManifest.read(Path("data/normalized/model.json"))
    assert (model.patients, model.tiles, model.steps) == (("a",), 6, 3)
    made = NormalizedManifest.read(Path("data/normalized/b.json"))
    assert made.store is not None
    expected = Translator.load(model.folder)(TileStore(Path("data/tiles/b.zarr")).images())
    assert np.array_equal(TileStore(made.store).images(), expected)
    assert (tmp_path / "data/normalized/model/generator.safetensors").exists()  # the index keeps it
