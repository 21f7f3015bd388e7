"""SynDiff against CycleGAN, as CPU-scale studies have them at 64 px: steps of training, and tiles translated.

One core, and both in turns: the ratio says what a diffusion costs.
"""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from pipeline.core.files import remove
from pipeline.core.train.batches import Batches
from pipeline.core.train.loop import fit
from pipeline.core.translation.cyclegan import CycleGAN
from pipeline.core.translation.learner import Ends, TranslatorLearner
from pipeline.core.translation.translator import Translator
from pipeline.study.translate import METHODS
from pipeline.translate.syndiff import SynDiff

from .race import Race, by_turns

SIDE, STEPS, TILES, ROUNDS, WARM = 64, 10, 16, 3, 2
NETWORKS = {
    "cyclegan": {"ngf": 16, "blocks": 3, "ndf": 16},
    "syndiff": {
        "width": 16, "mult": [1, 2, 2], "attention": [16], "latent": 16, "style": 64, "ndf": 16, "downs": 3,
        "ngf": 16, "translator_blocks": 3, "patch": 16, "validates_every": None,
    },
}  # fmt: skip


def races(folder: Path) -> Iterator[Race]:
    """Training, a batch of one at a time, and translating."""
    cores, threads = os.sched_getaffinity(0), torch.get_num_threads()
    os.sched_setaffinity(0, sorted(cores)[:1])
    torch.set_num_threads(1)
    try:
        for what, unit, way in (
            ("train", "steps/s", partial(trained, folder)),
            ("translate", "images/s", translated),
        ):
            ours, other = by_turns([partial(way, "syndiff"), partial(way, "cyclegan")], ROUNDS)
            yield Race(f"SynDiff: {what}, {SIDE} px, one core", "CycleGAN, CPU scale", unit, ours, other, 0.0)
    finally:
        torch.set_num_threads(threads)
        os.sched_setaffinity(0, cores)


def learner(method: str) -> TranslatorLearner:
    """With the same weights each time."""
    torch.manual_seed(0)
    options = METHODS[method].filled(NETWORKS[method])
    if method == "syndiff":
        return SynDiff(size=SIDE, lr=1.6e-4, ends=Ends(), **options)
    return CycleGAN(size=SIDE, lr=2e-4, **options)


def trained(folder: Path, method: str) -> float:
    """Steps a second of the loop, after the first WARM."""
    ticks = list[float]()

    def build() -> TranslatorLearner:
        made = learner(method)
        follow = made.after_step

        def after_step(step: int) -> None:
            follow(step)
            ticks.append(time.perf_counter())

        made.after_step = after_step  # type: ignore[method-assign]
        return made

    scratch = folder / "translation"
    remove(scratch)
    fit(build, Batches({"source": tiles(0), "target": tiles(1)}, size=1, seed=0), steps=STEPS, seed=0, scratch=scratch)
    return (STEPS - WARM) / (ticks[-1] - ticks[WARM - 1])


def translated(method: str) -> float:
    """Tiles a second of the exported generator."""
    translator, source = Translator(learner(method).exports()["generator"][0]), tiles(0)
    use: Callable[[], np.ndarray] = lambda: translator(source, range(TILES))  # noqa: E731
    use()
    began = time.perf_counter()
    use()
    return TILES / (time.perf_counter() - began)


def tiles(seed: int) -> np.ndarray:
    """uint8 (TILES, SIDE, SIDE, 3)."""
    return np.random.default_rng(seed).integers(0, 256, (TILES, SIDE, SIDE, 3), dtype=np.uint8)
