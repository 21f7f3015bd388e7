"""The model card of an encoder, in Markdown: what it learned from, what was measured, what it is not for."""

from collections.abc import Iterable
from importlib.metadata import version

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.core.manifests.card import Card
from pipeline.core.measures.figures import POOLED, Figure
from pipeline.report.figures import LABELS, head, number
from pipeline.report.render import HERE, compact

PROBES = ("linear", "knn", "mlp", "few")  # whose figures a card tells; floors and strata are in figures.csv


def card_text(
    card: Card | None, *, size: int, channels: int = 3, figures: Iterable[Figure] = (), licence: str = ""
) -> str:
    """The card of an encoder.

    Args:
        card: What it knows of itself; None of one that no study trained.
        size: Side of its tiles, pixels.
        channels: Of its images.
        figures: Of its study; those of other arms are left out.
        licence: Under which it is handed on; empty: nobody said so.
    """
    environment = Environment(  # noqa: S701 - it is Markdown
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("card.md.j2").render(
        version=version("synpriv"),
        card=card,
        size=size,
        channels=channels,
        licence=licence,
        figures=measured(card, list(figures)) if card else [],
        settings=compact(card.settings) if card else "",
    )


def measured(card: Card, figures: list[Figure]) -> list[tuple[str, ...]]:
    """Cells of a row per figure of the arm's probes: its mean over seeds with the interval, and this seed's own."""
    own = [figure for figure in figures if figure.arm == card.arm]
    this = {(f.task, f.split, f.metric, f.against): number(f.value) for f in own if f.seed == str(card.seed)}
    return [
        (
            f.task,
            LABELS.get(f.split, f.split),
            head(f.metric),
            f.against,
            this.get((f.task, f.split, f.metric, f.against), ""),
            number(f.value),
            f"{number(f.ci_low)} to {number(f.ci_high)}",
            str(f.n),
        )
        for f in own
        if f.seed == POOLED and f.metric.partition("/")[0] in PROBES
    ]
