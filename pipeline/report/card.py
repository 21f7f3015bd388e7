"""The model card of an encoder, in Markdown: what it learned from, what was measured, what it is not for."""

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.core.files import aside
from pipeline.core.manifests.card import CARD, Card
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.measures.figures import POOLED, Figure
from pipeline.report.figures import ABSENT, LABELS, head, number
from pipeline.report.render import HERE, compact

PROBES = ("linear", "knn", "mlp", "few")  # whose figures a card tells; floors and strata are in figures.csv
METRICS = ("balanced_accuracy", "auroc", "r2", "spearman")  # and the gains in them


def card_text(
    card: Card | None,
    *,
    size: int,
    channels: int = 3,
    figures: Iterable[Figure] = (),
    crossed: bool = False,
    licence: str = "",
    place: Path | None = None,
) -> str:
    """The card of an encoder.

    Args:
        card: What it knows of itself; None of one that no study trained.
        size: Side of the tiles that its programs take, pixels.
        channels: Of its images.
        figures: Of its study; those of other arms are left out.
        crossed: They are of all folds of the study, the encoder of one.
        licence: Under which it is handed on; empty: nobody said so.
        place: Where it lies in its study; None where it was exported, with its programs beside the card.
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
        crossed=crossed,
        place=place,
        figures=measured(card, list(figures)) if card else [],
        settings=compact(card.settings) if card else "",
    )


def write_cards(folder: Path, encoders: Iterable[EncoderManifest], figures: Iterable[Figure], *, crossed: bool) -> None:
    """Writes ``{arm}/{seed}.md`` of every encoder that still knows what it is; nothing else stays in the folder.

    Args:
        folder: Of the cards.
        encoders: Of one fold, or of a study without folds.
        figures: Of the study.
        crossed: The study has folds.
    """
    told = list(figures)
    with aside(folder) as partial:
        partial.mkdir()
        for encoder in encoders:
            if (encoder.folder / CARD).is_file():
                card, path = Card.read(encoder.folder / CARD), partial / encoder.arm / f"{encoder.seed}.md"
                path.parent.mkdir(exist_ok=True)
                size, place = card.preparation.tiling.size, encoder.folder
                path.write_text(card_text(card, size=size, figures=told, crossed=crossed, place=place))


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
            _interval(f),
            str(f.n),
        )
        for f in own
        if f.seed == POOLED and _is_told(f.metric)
    ]


def _is_told(metric: str) -> bool:
    probe, _, name = metric.partition("/")
    return probe in PROBES and name.removesuffix("_gain") in METRICS


def _interval(figure: Figure) -> str:
    low, high = number(figure.ci_low), number(figure.ci_high)
    return ABSENT if ABSENT in (low, high) else f"{low} to {high}"
