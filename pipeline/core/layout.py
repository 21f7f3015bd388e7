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


def index_of(phase: str) -> Path:
    """The index of a phase: what later phases read of it."""
    return OUTPUT[phase] / "index.json"
