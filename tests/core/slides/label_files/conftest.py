import pytest

from pipeline.core.slides.label_files import read_labels
from pipeline.core.slides.labelling import Labelling
from pipeline.study.labels import READER


@pytest.fixture
def opened():
    """Opens a label file; returns its class ids and instance ids, whole."""

    def make(path, *, labels=None, classes=("nucleus",), values=None, frame=None):
        labelling = Labelling("nuclei", labels, tuple(classes), values or {}, READER)
        source = read_labels(path, labelling, frame)
        side = max(source.width, source.height)
        mask, instance = source.tile(0, 0, side, side)
        return mask[: source.height, : source.width], instance[: source.height, : source.width]

    return make
