from pipeline.core.stain.haematoxylin import haematoxylin
from tests.synthesize.conftest import tissue


def test_nuclei_are_where_the_haematoxylin_is():
    images = tissue(0)
    inside = images[..., 1] < 110
    amount = haematoxylin(images)
    assert amount[inside].mean() > 2 * amount[~inside].mean()
