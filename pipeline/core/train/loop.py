"""The one training loop: every translator and every encoder is trained here."""

import csv
import math
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import torch
from lightning_fabric import Fabric
from torch import nn

from pipeline.core.console import console, track
from pipeline.core.errors import ProductError
from pipeline.core.seeds import derive
from pipeline.core.train.batches import Batch, Batches
from pipeline.core.train.checkpoint import load_checkpoint, save_checkpoint
from pipeline.core.train.learner import Method

History = list[dict[str, float]]
Optimizers = dict[str, torch.optim.Optimizer]
M = TypeVar("M", bound=Method)


def fit(
    build: Callable[[], M],
    batches: Batches,
    *,
    steps: int,
    seed: int,
    scratch: Path,
    precision: str = "32-true",
    every: int = 1000,
    log_every: int = 10,
    sample: Callable[[M, int], None] | None = None,
) -> tuple[M, History]:
    """Trains a method, from its checkpoint where ``scratch`` has one.

    A run that was killed and started again ends in the same weights as an undisturbed one: batches
    are a function of the step, and the checkpoint holds weights, optimisers and random state.

    Args:
        build: Makes the method, with the seed set.
        batches: Training data.
        steps: Optimisation steps in all.
        seed: Initialisation, dropout and augmentation.
        scratch: Folder of the checkpoint; emptied by the caller when the product is whole.
        precision: Fabric's: ``32-true`` or ``bf16-mixed``.
        every: Steps between checkpoints.
        log_every: Steps between lines of history; a line is the mean over them.
        sample: Called at every checkpoint with the method and the step reached.

    Returns:
        The trained method, on the CPU, and its history: step and mean of every loss, named ``turn/loss``.

    Raises:
        ProductError: A loss is not finite.
    """
    fabric = Fabric(accelerator="auto", devices=1, precision=precision)  # type: ignore[arg-type]
    fabric.launch()
    torch.manual_seed(derive(seed, "fit"))
    method = build()
    optimizers = method.optimizers()
    module, *wrapped = fabric.setup(method, *optimizers.values())
    turns = dict(zip(optimizers, wrapped, strict=True))
    bases = {turn: [group["lr"] for group in optimizer.param_groups] for turn, optimizer in turns.items()}
    path = scratch / "last.pt"
    state = load_checkpoint(path)
    start, history, sums = _restore(state, method, optimizers) if state else (0, [], {})
    began = time.monotonic()

    method.train()
    with closing(batches.stream(start, steps)) as stream:
        progress = track(stream, f"training {type(method).__name__}", steps - start)
        for step, batch in enumerate(progress, start):
            batch = _to(fabric.device, batch)
            for turn, optimizer in turns.items():
                _set_rate(optimizer, bases[turn], method.rate(step / steps))
                parameters = _only(method, optimizer)
                losses = module(batch, turn)
                for name, value in losses.items():
                    key = f"{turn}/{name}"
                    sums[key] = sums.get(key, 0.0) + _finite(key, float(value.detach()), step + 1, method)
                optimizer.zero_grad(set_to_none=True)
                fabric.backward(losses["total"])
                method.clip(parameters)
                optimizer.step()
            done = step + 1
            if done % log_every == 0 or done == steps:
                span = done % log_every or log_every
                history.append({"step": done, **{name: value / span for name, value in sums.items()}})
                sums.clear()
            if done % every == 0 or done == steps:
                _log(history, done, steps, began, start)
                if sample:  # before the checkpoint, so that a resumed run lacks none
                    with torch.random.fork_rng(), torch.no_grad():  # looking must not change what is seen
                        sample(method.eval(), done)
                    method.train()
                save_checkpoint(path, _state(method, optimizers, done, history, sums))
    method.requires_grad_(True)
    return method.cpu(), history


def write_history(path: Path, history: History) -> None:
    """Writes one CSV row per line of history, to six significant digits, for a person or DVC to plot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(history[0]) if history else ["step"], lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: f"{value:.6g}" for key, value in row.items()} for row in history)


def _to(device: torch.device, batch: Batch) -> Batch:
    return {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}


def _finite(loss: str, value: float, step: int, method: Method) -> float:
    if not math.isfinite(value):
        raise ProductError(
            f"the loss {loss} is {value} at step {step}", where=f"training {type(method).__name__}", fix="lower lr"
        )
    return value


def _only(method: Method, optimizer: Any) -> list[nn.Parameter]:
    """Lets gradients reach this optimiser's parameters alone; returns them."""
    own = [p for group in optimizer.param_groups for p in group["params"]]
    if len(method.turns) > 1:
        method.requires_grad_(False)
        for parameter in own:
            parameter.requires_grad_(True)
    return own


def _set_rate(optimizer: Any, bases: list[float], factor: float) -> None:
    for group, base in zip(optimizer.param_groups, bases, strict=True):
        group["lr"] = base * factor


def _state(
    method: Method, optimizers: Optimizers, step: int, history: History, sums: dict[str, float]
) -> dict[str, Any]:
    return {
        "step": step,
        "method": method.state_dict(),
        "optimizers": {turn: optimizer.state_dict() for turn, optimizer in optimizers.items()},
        "rng": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "history": history,
        "sums": sums,
    }


def _restore(state: dict[str, Any], method: Method, optimizers: Optimizers) -> tuple[int, History, dict[str, float]]:
    method.load_state_dict(state["method"])
    for turn, optimizer in optimizers.items():
        optimizer.load_state_dict(state["optimizers"][turn])
    torch.set_rng_state(state["rng"])
    if state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])
    console.print(f"resuming at step {state['step']}")
    return state["step"], state["history"], state["sums"]


def _log(history: History, done: int, steps: int, began: float, start: int) -> None:
    rate = (done - start) / max(time.monotonic() - began, 1e-9)
    last = history[-1] if history else {}  # a checkpoint may come before the first line
    losses = " ".join(f"{name}={value:.4g}" for name, value in last.items() if name != "step")
    console.print(f"step {done}/{steps}  {rate:.2f} steps/s  {losses}")
