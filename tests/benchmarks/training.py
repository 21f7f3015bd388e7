"""Training steps, loader and augmentation included, against the network alone and against a common loop.

On a CPU the network has one thread. On one core a loop does all its work there, as when every core trains a seed; on
two what reads ahead, a thread of ours and the other's worker processes, may have the second. With a GPU it is ResNet-50
at 224 px in bf16 on all cores, and a note says how busy the GPU was.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice, repeat
from pathlib import Path

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.data import DataLoader

from pipeline.core.console import console
from pipeline.core.files import remove
from pipeline.core.networks.encoder import unit
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.store.rows import Rows
from pipeline.core.store.store import write_store
from pipeline.core.train.batches import Batches
from pipeline.core.train.loop import fit
from pipeline.pretrain.joint import PRIVILEGED, JointEmbedding
from pipeline.pretrain.objective import Settings
from pipeline.pretrain.siamese import Unprivileged
from pipeline.pretrain.trident import TriDeNT
from pipeline.pretrain.vicreg import VICReg
from pipeline.study.pretrain import Pretrain

from .pictures import Views, write_pictures
from .race import Race, by_turns
from .slides import cut_tiles, make_slide

WORKERS, WARM, TILES, SIDE, UNIT = 2, 4, 1024, 4096, "images/s"
COLOURS = {"mean": (0.7, 0.5, 0.6), "std": (0.2, 0.2, 0.2)}
OBJECTIVES: dict[str, type[JointEmbedding]] = {"VICReg": Unprivileged, "TriDeNT": TriDeNT}
GPU = torch.cuda.is_available()
DEVICE = torch.device("cuda" if GPU else "cpu")


@dataclass(frozen=True)
class Size:
    """Of a network and its batches; a turn takes ``steps`` after the first WARM."""

    depth: int
    width: int
    side: int
    batch: int
    projector: dict[str, int]
    steps: int
    rounds: int
    precision: str = "32-true"

    def __str__(self) -> str:
        return f"ResNet-{self.depth}, {self.width} channels, {self.side} px, batch {self.batch}, {self.precision}"


DEMO = Size(18, 16, 64, 64, {"width": 256, "layers": 2}, steps=30, rounds=5)
WHOLE = Size(18, 16, 224, 16, {"width": 256, "layers": 2}, steps=8, rounds=3)
PAPER = Size(50, 64, 224, 64, {"width": 8192, "layers": 3}, steps=50, rounds=5, precision="bf16-mixed")
FIXED, COMMON = "forward, backward, step on a fixed batch", f"PNG, Pillow by image, {WORKERS} workers, same network"


def races(folder: Path) -> Iterator[Race]:
    """Both objectives at every size of this machine; tiles are in the page cache in all forms."""
    if not GPU:
        console.print("no GPU at hand: no race with ResNet-50 at 224 px in bf16, and no share of time that it is busy")
    for size in (PAPER,) if GPU else (DEMO, WHOLE):
        tiles = cut_tiles(make_slide(folder, side=SIDE), side=SIDE, size=size.side)[:TILES]
        for name, objective in OBJECTIVES.items():
            run = Run(folder / f"training-{size.side}", size, objective, tiles)
            yield from (_on_gpu if GPU else _on_cpu)(f"{name} step, {size}", run)


def _on_gpu(name: str, run: "Run") -> Iterator[Race]:
    note = f"device busy {run.busy():.0%} of the time"
    ours, fixed, common = by_turns([run.ours, run.fixed, run.common], run.size.rounds)
    yield Race(name, FIXED, UNIT, ours, fixed, 0.9, note)
    yield Race(name, COMMON, UNIT, ours, common, 2.0, note)


def _on_cpu(name: str, run: "Run") -> Iterator[Race]:
    alone, both = partial(_on_cores, 1), partial(_on_cores, 2)
    ways = [partial(alone, way) for way in (run.ours, run.fixed, run.common)]
    ways += [partial(both, way) for way in (run.ours, run.common)]
    ours, fixed, common, ours_both, common_both = by_turns(ways, run.size.rounds)
    yield Race(name, FIXED, UNIT, ours, fixed, 0.9, "one core")
    yield Race(name, f"{COMMON}, one core", UNIT, ours, common, 2.0, "one core")
    yield Race(name, f"{COMMON}, two cores", UNIT, ours_both, common_both, 2.0, "two cores, one thread for the network")


def _on_cores(count: int, way: Callable[[], float]) -> float:
    """What ``way`` says with one thread for the network, all it starts being kept to the first ``count`` cores."""
    threads, cores = torch.get_num_threads(), os.sched_getaffinity(0)
    torch.set_num_threads(1)
    os.sched_setaffinity(0, sorted(cores)[:count])
    try:
        return way()
    finally:
        os.sched_setaffinity(0, cores)
        torch.set_num_threads(threads)


class Run:
    """Three ways to train the same network on the same tiles; each says how many a second it took."""

    def __init__(self, folder: Path, size: Size, objective: type[JointEmbedding], tiles: np.ndarray) -> None:
        self.folder, self.size, self.objective = folder, size, objective
        self.steps = WARM + size.steps
        views = {"image": tiles, "privileged": np.ascontiguousarray(tiles[:, :, ::-1])}
        columns = {"xy": np.zeros((len(tiles), 2), np.int64)}
        for name, view in views.items():
            write_store(folder / f"{name}.zarr", [view], columns, {}, size=size.side)
        self.pictures = {name: write_pictures(folder / name, view) for name, view in views.items()}

    def learner(self) -> JointEmbedding:
        """A new learner, with the same weights each time."""
        torch.manual_seed(0)
        encoder = partial(ResNetEncoder, depth=self.size.depth, width=self.size.width, **COLOURS)
        study = Pretrain(projector=self.size.projector).model_dump(mode="json")
        settings = Settings.of({**study, "primary_kind": "light"})
        view = encoder() if PRIVILEGED in self.objective.branches else None
        return self.objective(encoder(), settings, loss=VICReg("pairwise"), privileged=view)

    def ours(self, mark: Callable[[], None] = lambda: None) -> float:
        """The loop of the product, from stores; ``mark`` is called where the clock starts and stops."""
        clock = Clock(self, mark)

        def build() -> JointEmbedding:
            learner = self.learner()
            learner.after_step = clock.tick  # type: ignore[method-assign]
            return learner

        scratch = self.folder / "scratch"
        remove(scratch)
        stores = {name: Rows([self.folder / f"{name}.zarr"]) for name in dict.fromkeys(self.objective.branches)}
        batches = Batches(stores, size=self.size.batch, seed=0)
        fit(build, batches, steps=self.steps, seed=0, scratch=scratch, precision=self.size.precision)
        return clock.rate

    def fixed(self) -> float:
        """Forward, backward and step alone: the views are drawn once."""
        learner = self.learner()
        images = unit(torch.from_numpy(Rows([self.folder / "image.zarr"])[: self.size.batch]))
        views = [learner.augment(images.clone(), "light").to(DEVICE) for _ in self.objective.branches]
        return self._plain(learner, repeat(views))

    def common(self) -> float:
        """Views that worker processes draw from PNG files, image by image."""
        views = Views([self.pictures[name] for name in self.objective.branches])
        how = {"shuffle": True, "drop_last": True, "pin_memory": GPU, "persistent_workers": True}
        epoch = DataLoader(views, self.size.batch, num_workers=WORKERS, **how)
        return self._plain(self.learner(), (batch for _ in repeat(None) for batch in epoch))

    def _plain(self, learner: JointEmbedding, feed: Iterable[list[torch.Tensor]]) -> float:
        """A loop with nothing but the step; its views come ready."""
        clock, nothing = Clock(self), torch.zeros((self.size.batch, 1, 1, 3), dtype=torch.uint8, device=DEVICE)
        stub = dict.fromkeys(self.objective.branches, nothing)
        optimizer = learner.to(DEVICE).optimizers()["model"]
        parameters = list(learner.parameters())
        for step, views in enumerate(islice(feed, self.steps), 1):
            ready = iter([view.to(DEVICE, non_blocking=True) for view in views])
            learner.augment = lambda images, kind, ready=ready: next(ready)  # type: ignore[assignment,misc]
            with torch.autocast(DEVICE.type, torch.bfloat16, enabled=self.size.precision == "bf16-mixed"):
                losses = learner(stub, "model")
            optimizer.zero_grad(set_to_none=True)
            losses["total"].backward()
            learner.clip(parameters)
            optimizer.step()
            clock.tick(step)
        return clock.rate

    def busy(self) -> float:
        """Share of the time in which the GPU had something to do, in the loop of the product."""
        seen = profile(activities=[ProfilerActivity.CUDA])
        marks = iter((seen.start, seen.stop))
        rate = self.ours(lambda: next(marks)())
        spans = [(e.time_range.start, e.time_range.end) for e in seen.events() if e.device_type.name == "CUDA"]
        return covered(spans) / 1e6 * rate / (self.size.batch * self.size.steps)


class Clock:
    """Times the steps of a run after the first WARM.

    Args:
        run: Whose.
        mark: Called before the clock starts and after it stops.
    """

    def __init__(self, run: Run, mark: Callable[[], None] = lambda: None) -> None:
        self.run, self.mark = run, mark
        self.rate = self.began = 0.0

    def tick(self, step: int) -> None:
        """Notes that a step, counted from 1, is done."""
        if step not in (WARM, self.run.steps):
            return
        if GPU:
            torch.cuda.synchronize()
        if step == WARM:
            self.mark()
            self.began = time.perf_counter()
        else:
            self.rate = self.run.size.batch * self.run.size.steps / (time.perf_counter() - self.began)
            self.mark()


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Length of the union of spans, each from its start to its end."""
    total, end = 0.0, float("-inf")
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total
