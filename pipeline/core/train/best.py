"""The weights that are kept: those of the best validation, where a learner validates."""

import math
from pathlib import Path

from pipeline.core.errors import ProductError
from pipeline.core.train.checkpoint import load_checkpoint, save_checkpoint
from pipeline.core.train.history import Line
from pipeline.core.train.learner import Learner


class Best:
    """The best score so far, less is better, and a file with the weights it belongs to.

    A file is named by its step and goes when a checkpoint stands that knows a better one, so that a resumed run
    never meets the weights of a score it has not seen.

    Args:
        folder: Of the file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state: dict[str, float] = {}  # best score, its step and the last score; empty before the first

    def resume(self, state: dict[str, float]) -> None:
        """Goes on from ``state`` of a checkpoint."""
        self.state = state

    def offer(self, learner: Learner, score: float | None, step: int, *, writes: bool) -> None:
        """Takes the learner's weights where ``score`` beats all before; the first of equals stays.

        Args:
            learner: With the weights that have the score.
            score: Of :meth:`Learner.validate`.
            step: Reached.
            writes: This rank writes the file.

        Raises:
            ProductError: The score is no finite number.
        """
        if score is None or not math.isfinite(score):
            where = f"training {type(learner).__name__}"
            raise ProductError(f"the validation score is {score} at step {step}", where=where, fix="lower lr")
        if not self.state or score < self.state["best"]:
            self.state = {"best": score, "step": step}
            if writes:
                save_checkpoint(self._path(), learner.state_dict())
        self.state = {**self.state, "last": score}

    def line(self) -> Line:
        """What a line of history says: the last score, once there is one."""
        return {"validation": self.state["last"]} if self.state else {}

    def prune(self) -> None:
        """Deletes the weights of scores that were beaten."""
        for path in self.folder.glob("best_*.pt"):
            if path != self._path():
                path.unlink()

    def restore(self, learner: Learner) -> None:
        """Gives the learner the weights of its best score; leaves one that never validated as it is.

        Raises:
            ProductError: The file with them is gone.
        """
        if not self.state:
            return
        weights = load_checkpoint(self._path())
        if weights is None:
            raise ProductError(
                f"expected the weights of the best score, that of step {self.state['step']}, found no file",
                where=str(self._path()),
                fix="delete this folder and train anew",
            )
        learner.load_state_dict(weights)

    def _path(self) -> Path:
        return self.folder / f"best_{self.state.get('step', 0):08d}.pt"
