import numpy as np
import pytest
from PIL import Image

from pipeline.commands.embed.slide import RawSlide
from pipeline.commands.heatmap.picture import check_shown, draw
from pipeline.core.errors import StudyError
from pipeline.core.manifests.card import Preparation, Tiling
from pipeline.core.slides.slide import Slide


def test_values_are_told_by_a_scale_of_their_own(phantoms, tmp_path):
    plain = Preparation(stain="HE", tiling=Tiling(mpp=1.0, size=64, stride=64))
    slide = RawSlide.open(Slide(slide_id="A1-HE", path=str(phantoms / "A1-HE.tif")), plain, threads=1)
    values = np.linspace(3, 40, len(slide))[:, None]
    draw(tmp_path / "x.png", slide, values, "nuclei", (), None)
    picture = np.asarray(Image.open(tmp_path / "x.png").convert("RGB")).astype(int)[38:, :1024]
    (x0, y0), (x1, y1) = slide.image.grid.xy[0], slide.image.grid.xy[-1]
    low, high = (picture[y : y + 128, x : x + 128].mean((0, 1)) for x, y in ((x0, y0), (x1, y1)))
    assert low.argmax() == 2  # the dark violet end
    assert high.argmin() == 2  # the yellow end


@pytest.mark.parametrize(("names", "fix"), [(("a", "b"), "one of: a, b"), ((), "leave it out")])
def test_a_class_that_is_not_there(names, fix):
    check_shown(None, names)
    with pytest.raises(StudyError, match="no class 'c'") as error:
        check_shown("c", names)
    assert error.value.fix.startswith(fix)
