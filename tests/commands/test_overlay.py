import io

import pytest
import yaml

from pipeline.commands.overlay import editor, lay_over

STUDY = """\
# what it is about
seed: 0
tile: {mpp: 0.5, size: 256, phantom: {size: 9}}  # of a tile
pretrain:
  # the arms
  arms:
    a: {objective: byol}
    b: {objective: trident, loss: vicreg}
  seeds: [0, 1, 2]
segment:
report: {title: "Is it?"}
"""


def laid(settings):
    content = editor().load(STUDY)
    lay_over(content, settings)
    written = io.StringIO()
    editor().dump(content, written)
    return written.getvalue()


def test_nothing_laid_over_changes_nothing():
    assert laid({}) == STUDY


def test_mappings_are_laid_over_key_by_key_and_comments_stay():
    found = laid({"tile": {"mpp": 1.0, "stride": 96}, "pretrain": {"arms": {"b": {"loss": "infonce"}}}})
    assert "# what it is about" in found
    assert "# of a tile" in found
    assert "# the arms" in found
    content = yaml.safe_load(found)
    assert content["tile"] == {"mpp": 1.0, "size": 256, "phantom": {"size": 9}, "stride": 96}
    assert content["pretrain"]["arms"] == {
        "a": {"objective": "byol"},
        "b": {"objective": "trident", "loss": "infonce"},
    }


@pytest.mark.parametrize(
    ("settings", "section", "found"),
    [
        ({"pretrain": {"seeds": [7], "arms": 3}}, "pretrain", {"seeds": [7], "arms": 3}),  # lists and scalars replace
        ({"tile": {"phantom": None, "not_there": None}}, "tile", {"mpp": 0.5, "size": 256}),  # null takes away
        ({"tile": None}, "tile", None),  # of a phase all but its key
        ({"segment": {"steps": 3}}, "segment", {"steps": 3}),
        ({"tile.phantom": {"noise": 0}}, "tile", {"mpp": 0.5, "size": 256, "phantom": {"noise": 0}}),  # as a whole
        ({"segment.arms.a": {"train": 1}}, "segment", {"arms": {"a": {"train": 1}}}),
        ({"pretrain.arms": {"c": {}}, "pretrain": {"seeds": [7]}}, "pretrain", {"arms": {"c": {}}, "seeds": [7]}),
    ],
)
def test_what_replaces_and_what_takes_away(settings, section, found):
    assert yaml.safe_load(laid(settings))[section] == found
