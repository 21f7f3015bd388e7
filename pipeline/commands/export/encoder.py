"""An encoder for those who do not have this package: a program for plain PyTorch, ONNX, the weights and the card."""

import logging
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from pipeline.commands.export.folder import new_folder
from pipeline.core.console import console
from pipeline.core.errors import StudyError
from pipeline.core.files import write_text
from pipeline.core.manifests.card import CARD, Card
from pipeline.core.measures.figures import read_figures
from pipeline.core.networks.encoder import Encoder, load_encoder
from pipeline.core.networks.inspection import inspect_place
from pipeline.report.card import card_text

PROGRAM, ONNX, README = "encoder.pt2", "encoder.onnx", "README.md"
LARGEST = 1 << 30  # bytes of weights that lie in the ONNX file itself; such files hold 2 GiB at most


def export_encoder(place: Path, folder: Path, *, size: int | None, licence: str, figures: Path) -> None:
    """Writes an encoder as others use it.

    Args:
        place: Its folder.
        folder: Is made; an empty one will do.
        size: Side of its tiles; None where its card says it.
        licence: Under which it is handed on; empty: nobody said so.
        figures: ``figures.csv`` of its study, where that is.

    Raises:
        StudyError: Nothing says how large tiles are.
        ProductError: There is no encoder, or the folder holds something.
    """
    facts, home = inspect_place(place), place if place.is_dir() else place.parent
    card = Card.read(home / CARD) if (home / CARD).is_file() else None
    if card is None and size is None:
        raise StudyError("nothing says how large the encoder's tiles are", where=str(place), fix="give --size")
    side = size or (card.preparation.tiling.size if card else 0)
    if side % facts.multiple:
        fix = f"give --size, a multiple of {facts.multiple}"
        raise StudyError(f"the encoder takes no tiles of {side} px", where=str(place), fix=fix)
    encoder = load_encoder(place).cpu()
    with new_folder(folder) as partial:
        for path in (*facts.files, *home.glob(CARD), *home.glob("LICENSE*")):
            shutil.copyfile(path, partial / path.name)
        write_programs(encoder, partial, side)
        told = read_figures(figures) if card and figures.is_file() else []
        channels = len(encoder.mean)
        write_text(partial / README, card_text(card, size=side, channels=channels, figures=told, licence=licence))
    console.print(f"{PROGRAM}, {ONNX}, {README} in {folder}")


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
