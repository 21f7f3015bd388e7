import yaml

from pipeline.commands.data.overlay import lay_over

STUDY = """\
# what it is about
seed: 0
stains: {HE: {kind: light, channels: [0, 1, 2]}, IHC: {kind: light}}
tile: {mpp: 0.5, size: 256}  # of a tile
segment:
evaluate: {tasks: {a: {kind: count}}}
report: {title: "Is it?"}
"""


def laid(tmp_path, settings, study=STUDY):
    (tmp_path / "a.yaml").write_text(study)
    lay_over(tmp_path / "a.yaml", settings, tmp_path / "b.yaml")
    return (tmp_path / "b.yaml").read_text()


def test_nothing_laid_over_changes_nothing(tmp_path):
    assert laid(tmp_path, {}) == STUDY


def test_values_are_set_key_by_key_and_comments_stay(tmp_path):
    found = laid(tmp_path, {"tile": {"mpp": 1.0, "stride": 96}, "evaluate": {"tasks": {"a": {"stain": "x"}}}})
    assert "# what it is about" in found
    assert "# of a tile" in found
    content = yaml.safe_load(found)
    assert content["tile"] == {"mpp": 1.0, "size": 256, "stride": 96}
    assert content["evaluate"]["tasks"] == {"a": {"kind": "count", "stain": "x"}}


def test_a_stain_is_said_anew(tmp_path):
    content = yaml.safe_load(laid(tmp_path, {"stains": {"HE": {"kind": "electron"}}}))
    assert content["stains"] == {"HE": {"kind": "electron"}, "IHC": {"kind": "light"}}


def test_a_phase_that_is_empty_stays_so(tmp_path):
    content = yaml.safe_load(laid(tmp_path, {"segment": {"labels": "axons"}, "normalize": {"method": "none"}}))
    assert content["segment"] is None
    assert content["normalize"] == {"method": "none"}
