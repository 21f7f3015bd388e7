"""An encoder for those who do not have this package: a program for plain PyTorch, ONNX, the weights and the card."""

import logging
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import torch
from rich.markup import escape as rich_escape

from pipeline.commands.export.folder import new_folder
from pipeline.core.console import console
from pipeline.core.errors import StudyError
from pipeline.core.files import read_json, write_text
from pipeline.core.manifests.card import CARD, Card
from pipeline.core.measures.figures import read_figures
from pipeline.core.networks.encoder import Encoder, load_encoder
from pipeline.core.networks.inspection import inspect_place
from pipeline.core.networks.place import NAME, find_place
from pipeline.report.card import card_text

PROGRAM, ONNX, README = "encoder.pt2", "encoder.onnx", "README.md"
ENCODERS = Path("models/encoders")  # of a study
LARGEST = 1 << 30  # bytes of weights that lie in the ONNX file itself; such files hold 2 GiB at most


def export_encoder(place: Path, folder: Path, *, size: int | None, licence: str, figures: Path) -> None:
    """Writes an encoder as others use it.

    Args:
        place: Its folder.
        folder: Is made; an empty one will do.
        size: Side of its tiles; None where its card says it.
        licence: Under which it is handed on; empty: nobody said so.
        figures: ``results/figures.csv`` of its study, where that is; those of another are left out.

    Raises:
        StudyError: Nothing says how large tiles are.
        ProductError: There is no encoder, its card is of other weights, or the folder holds something.
    """
    facts, home = inspect_place(place), place if place.is_dir() else place.parent
    card = Card.read(home / CARD) if (home / CARD).is_file() else None
    if card:
        card.require(find_place(place).weights, home)
    if card is None and size is None:
        raise StudyError("nothing says how large the encoder's tiles are", where=str(place), fix="give --size")
    side = size or (card.preparation.tiling.size if card else 0)
    if side % facts.multiple:
        fix = f"give --size, a multiple of {facts.multiple}"
        raise StudyError(f"the encoder takes no tiles of {side} px", where=str(place), fix=fix)
    with new_folder(folder) as partial:
        encoder = load_encoder(place, torch.device("cpu"))
        for path in (*facts.files, *home.glob(CARD), *filter(Path.is_file, home.glob("LICENSE*"))):
            shutil.copyfile(path, partial / path.name)
        write_programs(encoder, partial, side)
        homes = homes_of(card, figures) if card else []
        told = read_figures(figures) if homes and figures.is_file() else []
        crossed, channels = any(home.parent.parent.name != ENCODERS.name for home in homes), len(encoder.mean)
        text = card_text(card, size=side, channels=channels, figures=told, crossed=crossed, licence=licence)
        write_text(partial / README, text)
    console.print(f"{PROGRAM}, {ONNX}, {README} in {rich_escape(str(folder))}")


def homes_of(card: Card, figures: Path) -> list[Path]:
    """The manifests of this very encoder in the study whose figures these are; of another study's arm there are none.

    Args:
        card: Of the encoder.
        figures: ``results/figures.csv`` of a study.
    """
    encoders, name = figures.resolve().parent.parent / ENCODERS, escape(f"{card.arm}/{card.seed}.json")
    found = [*encoders.glob(name), *encoders.glob(f"*/{name}")]  # of each fold
    return [path for path in found if read_json(path).get("weights", {}).get(NAME) == card.weights]


def write_programs(encoder: Encoder, folder: Path, side: int) -> None:
    """Writes ``encoder.pt2`` and ``encoder.onnx``: from float32 (any number, c, side, side) in [0, 1] to features.

    Args:
        encoder: In eval mode, on the CPU.
        folder: Exists.
        side: Of a tile, pixels.
    """
    images = torch.zeros(2, len(encoder.mean), side, side)
    size = sum(value.numel() * value.element_size() for value in encoder.state_dict().values())
    with _quiet(), torch.no_grad():
        program = torch.export.export(encoder, (images,), dynamic_shapes=({0: torch.export.Dim("batch")},))
        torch.export.save(program, folder / PROGRAM)
        torch.onnx.export(
            program,
            f=folder / ONNX,
            input_names=["images"],
            output_names=["features"],
            external_data=size > LARGEST,
            verbose=False,
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporters say of packages that are not there."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
