"""A folder of features, slide by slide."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import h5py
from rich.markup import escape

from pipeline.commands.embed.files import anndata_file, bag_file
from pipeline.commands.embed.slide import PreparedSlide, RawSlide
from pipeline.core.console import console
from pipeline.core.digests import digest_bytes, digest_file
from pipeline.core.errors import ProductError, SlideError
from pipeline.core.files import PARTIAL, aside, read_json, remove, write_json
from pipeline.core.manifests.card import Preparation
from pipeline.core.networks.encoder import Encoder
from pipeline.core.slides.slide import Slide

ABOUT, SOURCE = "embed.json", "source"
HEAD = 1 << 20  # bytes of a file that tell it from another; all of a slide takes minutes to read


class FeatureFolder:
    """Where features go: ``h5_files/{slide}.h5`` for TRIDENT and CLAM, ``h5ad/{slide}.h5ad`` for AnnData.

    ``embed.json`` says whose features they are; a folder of the same is gone on with. Each ``.h5ad`` says of what file.

    Args:
        folder: Is made.
        encoder: Digest of its files.
        preparation: Of the slides.

    Raises:
        ProductError: The folder holds something else.
    """

    def __init__(self, folder: Path, encoder: str, preparation: Preparation) -> None:
        self.folder, self.encoder = folder, encoder
        about = {"encoder": encoder, "preparation": preparation.model_dump(mode="json")}
        empty = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
        own = (folder / ABOUT).is_file() and read_json(folder / ABOUT) == about
        if not (empty or own):
            raise ProductError(
                "there is something already, and it is not of this encoder and these settings",
                where=str(folder),
                fix="name another folder, or delete it",
            )
        write_json(folder / ABOUT, about)

    def has(self, slide: Slide) -> bool:
        """Whether a slide is complete: of this very file, at this resolution."""
        bag, table = self._paths(slide.slide_id)
        if not (bag.is_file() and table.is_file()):
            return False
        with h5py.File(table) as file:
            return SOURCE in file["uns"] and file["uns"][SOURCE].asstr()[()] == source_of(slide)

    @contextmanager
    def files(self, slide: RawSlide, features: int) -> Iterator[tuple[h5py.Dataset, ...]]:
        """The data sets of a slide's features, float32 (tile, features), to be filled; half of them never stay."""
        facts = {"encoder": self.encoder, "mpp": slide.mpp, "size": slide.size, SOURCE: source_of(slide.request.slide)}
        places = self._paths(slide.name)
        for path in places:  # of another file, or at another resolution: not even one of them may stay
            remove(path)
        try:
            with ExitStack() as stack:
                bag, table = (stack.enter_context(aside(path)) for path in places)
                with bag_file(bag, slide, features) as one, anndata_file(table, slide, features, facts) as other:
                    yield one, other
        finally:
            for path in places:
                remove(path.with_name(path.name + PARTIAL))

    def _paths(self, name: str) -> tuple[Path, Path]:
        return self.folder / "h5_files" / f"{name}.h5", self.folder / "h5ad" / f"{name}.h5ad"


def files_digest(files: Iterable[Path]) -> str:
    """What tells one encoder from another: weights, config, colours that it expects."""
    return digest_bytes(*(part.encode() for path in files for part in (path.name, digest_file(path))))


def source_of(slide: Slide) -> str:
    """What tells a slide from another of its name: its files' sizes and beginnings, and the resolution it is given."""
    parts = [str(slide.mpp).encode()]
    for path in slide.files():
        with path.open("rb") as file:
            parts += [str(path.stat().st_size).encode(), file.read(HEAD)]
    return digest_bytes(*parts)


class Outcome(NamedTuple):
    """The slides that were embedded, those that were there already, and those that could not be used."""

    done: list[str]
    kept: list[str]
    lost: list[str]


def embed_slides(
    encoder: Encoder, slides: list[Slide], preparation: Preparation, folder: FeatureFolder, *, batch: int, threads: int
) -> Outcome:
    """Writes the features of every slide that is not there yet; one that cannot be used is told, the others go on.

    Args:
        encoder: In use.
        slides: Of distinct names.
        preparation: What is done to them.
        folder: Where features go.
        batch: Tiles embedded at once.
        threads: Tiles decoded at once.
    """
    found = Outcome([], [], [])
    for slide in slides:
        if folder.has(slide):
            found.kept.append(slide.slide_id)
            continue
        try:
            _embed(encoder, PreparedSlide.open(slide, preparation, threads), folder, batch)
            found.done.append(slide.slide_id)
        except SlideError as error:
            found.lost.append(slide.slide_id)
            console.print(f"[yellow]left out[/] {slide.slide_id}: {escape(str(error))}")
    return found


def _embed(encoder: Encoder, slide: PreparedSlide, folder: FeatureFolder, batch: int) -> None:
    with folder.files(slide.raw, encoder.features) as data:
        start = 0
        for images in slide.blocks(batch):
            made = encoder.embed(images, batch)
            for part in data:
                part[start : start + len(made)] = made
            start += len(made)
