"""``tile``: slides and sheet to tile stores."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.slide import Slide
from pipeline.study.labels import check_labels, check_simulated, labelling_of
from pipeline.study.need import Slides
from pipeline.study.rule import Rule, index_job, index_rule
from pipeline.study.section import Count, Positive, Section, Share, Switch
from pipeline.study.stains import kind_of, reading_of

if TYPE_CHECKING:
    from pipeline.study.study import Study

PHANTOM = "data/phantom"
COORDINATES = ("{}_patches.h5", "patches/{}_patches.h5", "{}.h5", "patches/{}.h5")  # TRIDENT's names, then CLAM's

MAKE = Rule(
    "tile_phantom",
    "tile",
    "pipeline.phantom.make:make_phantom",
    {"manifest": PHANTOM + "/{slide}.json", "slide": PHANTOM + "/{slide}.tif"},
    {
        "annotations": PHANTOM + "/{slide}.geojson",
        "truth": PHANTOM + "/{slide}.truth.json",
        "instances": PHANTOM + "/{slide}.instances.tif",
    },
)
CUT = Rule(
    "tile",
    "tile",
    "pipeline.tile.tiles:make_tiles",
    {"manifest": "data/tiles/{slide}.json"},
    {
        "store": "data/tiles/{slide}.zarr",
        "thumbnail": "data/tiles/{slide}.png",
        "contours": "data/tiles/{slide}.tissue.geojson",
    },
    ("phantom", "images", "annotations", "partner", "coordinates"),  # the manifest stands for all that was simulated
)
INDEX = index_rule("tile", "data/tiles", quarantine="data/tiles/quarantine.csv")
RULES = (MAKE, CUT, INDEX)


class Phantom(Section):
    """The simulated cohort: ``size`` is the side of a slide in level-0 pixels of 0.5 µm."""

    size: Count = 2048
    noise: Share = 0.02


class Tile(Section):
    """``mpp`` µm per stored pixel; ``size`` and ``stride`` stored pixels; shares of tile or of patients.

    ``within``: classes of annotated regions outside which no tile is kept. ``pens``: ink is no tissue.
    ``coordinates``: a folder of coordinates by TRIDENT or CLAM; their tiles are cut, not those of the own grid.
    """

    mpp: Positive = 0.5
    size: Count = 256
    stride: Count = 256
    min_tissue: Share = 0.5
    max_tissue: Share = 1.0
    within: list[str] = []
    pens: Switch = True
    min_label: Share = 0.5
    test_share: Share = 0.3
    coordinates: str = ""
    phantom: Phantom | None = None


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """Simulated slides where the study makes its own; one tile store per slide; the index."""
    members = []
    for name, slide in slides.items():
        made = is_made(study, slide)
        if made and study.tile.phantom:
            section = study.tile.phantom.model_dump(mode="json")
            spec = {"seed": study.seed, **section, "masks": has_masks(study, slide), "slide": slide.spec()}
            yield MAKE.job(name, spec=spec)
        members.append(_cut(study, slide, made=made))
    yield from members
    yield index_job(INDEX, members, paths={name: slide.path for name, slide in slides.items()})


def _cut(study: "Study", slide: Slide, *, made: bool) -> Job:
    section, stain = study.tile, study.stains.get(slide.stain)
    simulated = MAKE.job(slide.slide_id)
    inputs: dict[str, Path | None] = {
        "phantom": simulated.manifest if made else None,
        "truth": simulated.outputs["truth"] if made else None,
        "instances": simulated.outputs["instances"] if made and has_masks(study, slide) else None,
        "annotations": Path(slide.annotations) if slide.annotations and not made else None,
        "partner": CUT.manifest(slide.paired_with) if slide.paired_with else None,
        "coordinates": None if slide.paired_with else coordinates_of(section.coordinates, slide),
    }
    labelling, kind = labels_of(study, slide), kind_of(slide.stain, study.stains)
    files = [] if made else labelling.files(slide) if labelling else slide.files()
    groups = {} if made else {"images": {path.as_posix(): path for path in files}}
    spec = section.model_dump(mode="json", exclude={"phantom", "test_share"})
    channels = {slide.stain: stain.channels} if stain and stain.channels else {}
    counted = bool(slide.paired_with) and kind == "fluorescence"
    spec |= {"channels": channels, "histogram": counted, "slide": slide.spec()}
    spec |= reading_of(slide.stain, study.stains)  # of stains that it is not as usual for
    if labelling:
        spec |= {"searched": False, "labels": labelling.spec()}
    code = {"labels": labelling.reader} if labelling else {}
    return CUT.job(slide.slide_id, inputs=inputs, groups=groups, code=code, spec=spec)


def is_made(study: "Study", slide: Slide) -> bool:
    """Whether the study simulates the slide, which then need not be there yet."""
    return study.tile.phantom is not None and is_simulated(slide)


def is_simulated(slide: Slide) -> bool:
    """Whether its path is that of the simulated slide of its name."""
    return Path(slide.path) == MAKE.job(slide.slide_id).outputs["slide"]


def has_masks(study: "Study", slide: Slide) -> bool:
    """Whether the slide shows classes: a simulated one is then written with its instances, and cut with them."""
    return kind_of(slide.stain, study.stains) == "mask"


def has_instances(study: "Study", slide: Slide) -> bool:
    """Whether the slide is cut with masks and instances: a simulated one that shows classes, or a label file."""
    return has_masks(study, slide) if is_made(study, slide) else labels_of(study, slide) is not None


def labels_of(study: "Study", slide: Slide) -> Labelling | None:
    """How the slide's label files are read; None where it has none, or is simulated."""
    return None if is_made(study, slide) else labelling_of(slide, study.stains)


def coordinates_of(folder: str, slide: Slide) -> Path | None:
    """A slide's coordinates in a folder that TRIDENT or CLAM wrote, or in its ``patches``.

    They are named after the slide's file; its slide_id will do. None where it has none, or no folder is asked for.
    """
    names = dict.fromkeys((slide.slide_id, Path(slide.path).stem))
    places = (Path(folder) / place.format(name) for name in names for place in COORDINATES)
    return next((path for path in places if path.is_file()), None) if folder else None


def check_params(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the section itself."""
    tile = study.tile
    if tile.min_tissue > tile.max_tissue:
        yield StudyError(
            f"tiles of at least {tile.min_tissue:g} tissue and at most {tile.max_tissue:g}: there are none",
            where="tile.max_tissue",
            fix="lower tile.min_tissue or raise tile.max_tissue",
        )


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Whether labels have an image, simulated classes their names, and slides their coordinates."""
    yield from check_labels({n: s for n, s in slides.items() if not is_made(study, s)}, study.stains)
    yield from check_simulated({n: s for n, s in slides.items() if is_made(study, s)}, study.stains)
    folder, where = study.tile.coordinates, "params.yaml: tile.coordinates"
    own: Mapping[str, Slide] = {name: slide for name, slide in slides.items() if not slide.paired_with}
    if folder and not Path(folder).is_dir():
        yield StudyError(f"no folder {folder!r}", where=where, fix="correct the path, or remove the key")
    elif folder and own and not any(coordinates_of(folder, slide) for slide in own.values()):
        name = next(iter(own))
        yield StudyError(
            f"{folder!r} holds coordinates of none of the slides, such as {name}_patches.h5 or {name}.h5",
            where=where,
            fix="name the folder that holds these files; they are named after the slide's file or its slide_id",
        )
