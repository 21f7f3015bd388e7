"""The figures of a study and what was said of them, by arm, task, domain and metric."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.manifests.scores import Estimate, Scope, SummaryManifest, Verdict
from pipeline.core.measures.domains import DOMAINS, EVERYONE, IN_DOMAIN, TRAIN, UNSEEN
from pipeline.core.measures.figures import POOLED, Figure, read_figures

LABELS = {TRAIN: "training patients", IN_DOMAIN: "known sites", UNSEEN: "unseen site", EVERYONE: "all patients"}
HEADS = {
    "auroc": "AUROC",
    "r2": "R²",
    "spearman": "Spearman",
    "frechet": "Fréchet distance",
    "kernel_distance": "kernel distance",
    "inception_score": "Inception Score",
    "real_inception_score": "Inception Score of real tiles",
    "real_diversity": "diversity of real tiles",
    "nearest": "nearest training tile",
    "copied": "share of likely copies",
    "nearness": "its distance by that of the next",
    "own": "with its own marker",
    "other": "with other markers",
    "composition": "with composition",
    "margin": "margin of its own",
    "as_asked": "share of tiles just as asked",
    "dice": "Dice",
    "pq": "PQ",
    "bpq": "PQ of all objects",
    "mpq": "PQ, mean over classes",
    "sq": "SQ",
    "f1": "F1",
    "aji": "AJI",
    "iou": "IoU",
}
VALUES = "r2"  # of a task whose targets are values, not classes
ABSENT = "–"
ONE_OF_A_KIND = ("headline", "published", "colour")  # verdicts of which an arm has one in a domain of a task


@dataclass(frozen=True)
class Unit:
    """In what the gains of a task are told.

    Args:
        short: Behind a gain.
        scale: What a gain is multiplied by.
        digits: After the point.
    """

    short: str
    scale: int
    digits: int

    def told(self, gain: Estimate) -> str:
        """A gain such as ``+3.1 [1.2, 5.0]``; bare where it has no interval."""
        if gain.value is None:
            return ABSENT
        value = minus(f"{self.scale * gain.value:+.{self.digits}f}")
        if gain.low is None or gain.high is None:
            return value
        low, high = (minus(f"{self.scale * end:.{self.digits}f}") for end in (gain.low, gain.high))
        return f"{value} [{low}, {high}]"

    def size(self, amount: float) -> str:
        """A size, without a sign."""
        return f"{self.scale * amount:.{self.digits}f}"


POINTS = Unit("points", 100, 1)  # percentage points of a share
PLAIN = Unit("in R²", 1, 3)  # R² is no share: it may be negative


class Figures:
    """Every row of figures.csv.

    Args:
        rows: Of the file.
        scopes: Metric, domains and patients of every task that arms were judged in.
        verdicts: What was said of the arms.
    """

    def __init__(
        self, rows: Iterable[Figure] = (), scopes: Mapping[str, Scope] | None = None, verdicts: Iterable[Verdict] = ()
    ) -> None:
        self._rows = {(r.arm, r.seed, r.task, r.split, r.metric, r.against): r for r in rows}
        self.scopes = dict(scopes or {})
        said = list(verdicts)
        self._verdicts: dict[tuple[str, ...], Verdict] = {
            (v.arm, v.task, v.domain, v.kind): v for v in said if v.kind in ONE_OF_A_KIND
        }
        self._named = [v for v in said if v.kind == "named"]

    @classmethod
    def read(cls, figures: Path, summary: SummaryManifest) -> "Figures":
        """Reads figures.csv; the manifest of all scores is read already."""
        return cls(read_figures(figures), summary.tested, summary.verdicts)

    def get(
        self, arm: str, task: str, domain: str, metric: str, *, seed: str = POOLED, against: str = ""
    ) -> Figure | None:
        """A figure; pooled over seeds unless one is named, of the arm alone unless ``against`` is."""
        return self._rows.get((arm, seed, task, domain, metric, against))

    def verdict(self, arm: str, task: str, domain: str, kind: str) -> Verdict | None:
        """The verdict on an arm; see :class:`pipeline.core.manifests.scores.Verdict`."""
        return self._verdicts.get((arm, task, domain, kind))

    def named(self, arm: str, task: str, domain: str) -> list[Verdict]:
        """The verdicts on an arm against those that the study names."""
        return [v for v in self._named if (v.arm, v.task, v.domain) == (arm, task, domain)]

    def tasks(self) -> list[str]:
        """The tasks that arms were compared in."""
        return list(self.scopes)

    def asked(self) -> list[str]:
        """Every task that anything was scored in."""
        return list(dict.fromkeys(key[2] for key in self._rows))

    def domains(self, task: str) -> list[str]:
        """The domains in which a task was measured."""
        found = {key[3] for key in self._rows if key[2] == task}
        return [domain for domain in DOMAINS if domain in found]

    def metrics(self, task: str) -> list[str]:
        """The metrics of a task, pooled over seeds and of a subject alone, in the order of the file."""
        return list(dict.fromkeys(key[4] for key in self._rows if (key[1], key[2], key[5]) == (POOLED, task, "")))

    def subjects(self, task: str) -> list[str]:
        """Who was scored in a task."""
        return list(dict.fromkeys(key[0] for key in self._rows if key[2] == task))

    def compared(self, task: str) -> str:
        """The metric in which arms are compared, such as ``balanced accuracy``."""
        return head(self.scopes[task].metric.rpartition("/")[2])

    def unit(self, task: str) -> Unit:
        """In what gains are told."""
        return PLAIN if self._of_values(task) else POINTS

    def counted(self, task: str) -> str:
        """What gains are told in, such as ``points of balanced accuracy``."""
        return self.compared(task) if self._of_values(task) else f"points of {self.compared(task)}"

    def labels(self, task: str, few: int) -> str:
        """How many labels a few are: per class where there are classes."""
        return f"{few} labels" if self._of_values(task) else f"{few} labels per class"

    def patients(self) -> dict[str, dict[str, int]]:
        """Test patients by task and domain, those alone that the task has a target for; the same for every arm."""
        return {
            task: {domain: compared.domains[domain].patients for domain in DOMAINS if domain in compared.domains}
            for task, compared in self.scopes.items()
        }

    def _of_values(self, task: str) -> bool:
        return self.scopes[task].metric.endswith(VALUES)


def head(metric: str) -> str:
    """A metric as the head of a column: ``few/balanced_accuracy`` is ``few, balanced accuracy``."""
    return ", ".join(HEADS.get(part, part.replace("_", " ")) for part in metric.split("/"))


def minus(text: str) -> str:
    """A formatted number with a true minus sign, and none before a zero."""
    sign, digits = text[:1], text.lstrip("+-")
    if sign == "-" and not digits.strip("0."):
        return digits
    return f"−{digits}" if sign == "-" else text


def number(value: float, form: str = ".3f") -> str:
    """A number for a table; a dash where there is none."""
    if math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return minus(f"{value:{form}}")
