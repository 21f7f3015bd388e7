"""What is known of a public data set, and the slides that it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipeline.commands.data.folder import Folder
from pipeline.core.files import Json
from pipeline.core.slides.slide import Slide


@dataclass(frozen=True)
class DataSet:
    """A public data set by its name.

    Args:
        name: As the command line has it.
        what: One line.
        images: How many, of which size.
        size: Of the download.
        licence: Of the images.
        patients: Whether they are known, and how many.
        downloads: What to fetch, and from where.
        layout: The folder as it is expected, line by line; the first is the folder that ``--slides`` names.
        split: The official one, and what becomes of it.
        rows: Finds the slides of a folder, in the official split; see :mod:`pipeline.commands.data.sets`.
        traps: What leads to wrong results, and what is done about it here.
        verified: What was measured on the files themselves.
        unverified: What was not, and may be otherwise.
        sources: Where all this was found.
        study: The ready-made study that suits it.
        settings: Laid over the study's ``params.yaml``: stains, tiles, what the images are.
    """

    name: str
    what: str
    images: str
    size: str
    licence: str
    patients: str
    downloads: Sequence[str]
    layout: Sequence[str]
    split: str
    rows: Callable[[Folder], list[Slide]]
    traps: Sequence[str] = ()
    verified: Sequence[str] = ()
    unverified: Sequence[str] = ()
    sources: Sequence[str] = ()
    study: str = "classes"
    settings: Json = field(default_factory=dict)
