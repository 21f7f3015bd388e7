"""A folder of features, slide by slide."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

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
from pipeline.core.networks.place import find_place
from pipeline.core.slides.slide import Slide

ABOUT = "embed.json"


class FeatureFolder:
    """Where features go: ``h5_files/{slide}.h5`` for TRIDENT and CLAM, ``h5ad/{slide}.h5ad`` for AnnData.

    ``embed.json`` says whose features they are; a folder of the same is gone on with.

    Args:
        folder: Is made.
        encoder: Digest of its weights.
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

    def has(self, name: str) -> bool:
        """Whether a slide is complete."""
        return all(path.is_file() for path in self._paths(name))

    @contextmanager
    def files(self, slide: RawSlide, features: int) -> Iterator[tuple[h5py.Dataset, ...]]:
        """The data sets of a slide's features, float32 (tile, features), to be filled; half of them never stay."""
        places, facts = self._paths(slide.name), {"encoder": self.encoder, "mpp": slide.mpp, "size": slide.size}
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


def weights_digest(place: Path) -> str:
    """What tells the weights of one encoder from another's; raises ProductError where there are none."""
    return digest_bytes(*(digest_file(path).encode() for path in find_place(place).weights))


def embed_slides(
    encoder: Encoder, slides: list[Slide], preparation: Preparation, folder: FeatureFolder, *, batch: int, threads: int
) -> list[str]:
    """Writes the features of every slide that is not there yet; one that cannot be used is told, the others go on.

    Args:
        encoder: In use.
        slides: Of distinct names.
        preparation: What is done to them.
        folder: Where features go.
        batch: Tiles embedded at once.
        threads: Tiles decoded at once.

    Returns:
        The slides that could not be used.
    """
    lost = []
    for slide in slides:
        if folder.has(slide.slide_id):
            continue
        try:
            _embed(encoder, PreparedSlide.open(slide, preparation, threads), folder, batch)
        except SlideError as error:
            lost.append(slide.slide_id)
            console.print(f"[yellow]left out[/] {slide.slide_id}: {escape(str(error))}")
    return lost


def _embed(encoder: Encoder, slide: PreparedSlide, folder: FeatureFolder, batch: int) -> None:
    with folder.files(slide.raw, encoder.features) as data:
        start = 0
        for images in slide.blocks(batch):
            made = encoder.embed(images, batch)
            for part in data:
                part[start : start + len(made)] = made
            start += len(made)
