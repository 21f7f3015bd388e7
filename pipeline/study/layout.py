"""Where things lie in a study: paths relative to its folder."""

from pathlib import Path

PARAMS = Path("params.yaml")
SHEET = Path("data/slides.csv")
PHANTOM = Path("data/phantom")
OUTPUT = {
    "tile": Path("data/tiles"),
    "normalize": Path("data/normalized"),
    "translate": Path("models/translators"),
    "synthesize": Path("data/privileged"),
    "pretrain": Path("models/encoders"),
    "evaluate": Path("results/scores"),
    "report": Path("results/report"),
}
COORDINATES = ("{}_patches.h5", "patches/{}_patches.h5", "{}.h5", "patches/{}.h5")  # TRIDENT's names, then CLAM's


def coordinates_of(folder: str, slide: str) -> Path | None:
    """A slide's coordinates in a folder that TRIDENT or CLAM wrote, or in its ``patches``; None where it has none."""
    places = (Path(folder) / name.format(slide) for name in COORDINATES)
    return next((path for path in places if path.is_file()), None)


def index_of(phase: str) -> Path:
    """The index of a phase: what later phases read of it."""
    return OUTPUT[phase] / "index.json"
