"""The one training loop: whatever learns is trained here."""

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from lightning_fabric import Fabric

from pipeline.core.console import console, track
from pipeline.core.seeds import derive
from pipeline.core.train.batch_norm import synchronised
from pipeline.core.train.batches import Batches
from pipeline.core.train.best import Best
from pipeline.core.train.buffers import all_buffers, resume_buffers
from pipeline.core.train.checkpoint import load_checkpoint, save_checkpoint
from pipeline.core.train.determinism import deterministic
from pipeline.core.train.distribution import Placement
from pipeline.core.train.history import History, Meter
from pipeline.core.train.learner import Learner
from pipeline.core.train.memory import keep_memory
from pipeline.core.train.rank import meet
from pipeline.core.train.streams import Streams
from pipeline.core.train.turns import Turns
from pipeline.core.train.waiting import Waiting

SAMPLES = "samples"  # folder of pictures
L = TypeVar("L", bound=Learner)
T = TypeVar("T")


def fit(
    build: Callable[[], L],
    batches: Batches,
    *,
    steps: int,
    seed: int,
    scratch: Path,
    precision: str = "32-true",
    every: int = 1000,
    log_every: int = 10,
    accumulate: int = 1,
    placement: Placement | None = None,
) -> tuple[L, History]:
    """Trains a learner, from its checkpoint where ``scratch`` has one.

    A run that was killed and started again ends in the same weights as an undisturbed one: batches
    are a function of the step, and the checkpoint holds weights, optimisers and every rank's random stream and buffers.

    Args:
        build: Makes the learner, with the seed set; alike on every rank.
        batches: Training data of all ranks together.
        steps: Optimisation steps in all.
        seed: Initialisation, dropout and augmentation.
        scratch: Folder of the checkpoint and, under ``samples``, of the learner's pictures.
        precision: Fabric's: ``32-true`` or ``bf16-mixed``.
        every: Steps between checkpoints.
        log_every: Steps between lines of history; a line is the mean over them.
        accumulate: Parts into which a rank splits its share of a batch, to hold one at a time; for learners of one turn
            whose total is a mean over rows. Batch norm then sees a part.
        placement: Devices and machines; by default what started the process says, else one device.

    Returns:
        The trained learner, on the CPU, with its best weights where it validates and the last where it does not,
        and its history: step and mean of every loss, named ``turn/loss``.

    Raises:
        ProductError: A loss or a score is not finite.
        StudyError: The batch cannot be shared evenly.
    """
    keep_memory()
    torch.manual_seed(derive(seed, "fit"))
    learner = build()
    name, fabric = f"training {type(learner).__name__}", _fabric(placement or Placement.here(), learner, precision)
    rank, ranks, device = fabric.global_rank, fabric.world_size, fabric.device
    deterministic(device)
    share, streams = batches.share(rank, ranks, accumulate), Streams(seed, rank, ranks, accumulate, device)
    turns, meter, kept = Turns(fabric, learner, streams), Meter(device, name, batches.describe), Best(scratch)
    path, start, history = scratch / "last.pt", 0, list[dict[str, float]]()
    if state := load_checkpoint(path):
        start, history = state["step"], state["history"]
        turns.resume(state)
        meter.resume(state["sums"])
        kept.resume(state["best"])
        streams.resume(state["streams"])
        resume_buffers(learner, state["buffers"], rank)
        if rank == 0:
            console.print(f"resuming at step {start}")
    began, waiting, validates = time.monotonic(), Waiting(device), learner.validates_every

    learner.train()
    reading = share.stream(start, steps, pin=device.type == "cuda")
    with synchronised(learner, device), closing(reading) as stream:
        shown = track(waiting.over(stream), name, steps - start, shown=rank == 0)
        for done, batch in enumerate(shown, start + 1):
            turns.step(batch, done - 1, (done - 1) / steps, meter)
            learner.after_step(done)

            last = done == steps
            if validates and (done % validates == 0 or last):
                score = fabric.broadcast(_look(learner, fabric.device, learner.validate))
                kept.offer(learner, score, done, writes=rank == 0)
            if done % log_every == 0 or last:
                history.append({**meter.line(done), **kept.line()})
            if done % every == 0 or last:
                sums = meter.sums()
                waited = waiting.share()  # of all ranks: each has noted every wait until now
                own = {"streams": streams.state(), "buffers": all_buffers(learner)}  # of all ranks
                if rank == 0:
                    rate = (done - start) / max(time.monotonic() - began, 1e-9)
                    _log(history, done, steps, rate, waited)
                    # pictures come before the checkpoint, so that a resumed run lacks none
                    _look(learner, fabric.device, partial(learner.sample, scratch / SAMPLES, done))
                    position = {"step": done, "history": history, "sums": sums, "best": kept.state}
                    save_checkpoint(path, {**turns.state(), **position, **own})
                    kept.prune()
    meet()
    kept.restore(learner)
    return learner.cpu(), history


def _fabric(placement: Placement, learner: Learner, precision: str) -> Fabric:
    fabric = Fabric(
        accelerator="auto",
        strategy=placement.strategy(unused=learner.unused or len(learner.turns) > 1),
        devices=placement.devices,
        num_nodes=placement.nodes,
        precision=precision,  # type: ignore[arg-type]
    )
    fabric.launch()
    return fabric


def _look(learner: Learner, device: torch.device, look: Callable[[], T]) -> T:
    """Looks at a learner in eval mode and without gradients; what looking draws does not change what is seen."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []), torch.no_grad():
        learner.eval()
        seen = look()
        learner.train()
    return seen


def _log(history: History, done: int, steps: int, rate: float, waited: float) -> None:
    last = history[-1] if history else {}  # a checkpoint may come before the first line
    losses = " ".join(f"{name}={value:.4g}" for name, value in last.items() if name != "step")
    console.print(f"step {done}/{steps}  {rate:.2f} steps/s  waited {waited:.0%}  {losses}")
