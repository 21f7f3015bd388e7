from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import StudyError
from pipeline.study.document import read_document, switch_hint

ROOT = Path(__file__).parents[2]
STUDIES = [ROOT / "params.yaml", *sorted((ROOT / "workflow" / "studies").glob("*.yaml"))]
TEXT = """\
seed: 0
tile: {mpp: 0.5,
       pens: yes}
pretrain:
  # the arms
  arms:
    real: {objective: trident}
    made:
      objective: trident
  seeds: [0,
          1]
  tasks:
    - kind: a
    - kind: b
"""


def document(tmp_path, text):
    path = tmp_path / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_document(path)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ((), 1),
        (("seed",), 1),
        (("tile", "mpp"), 2),
        (("tile", "pens"), 3),
        (("pretrain", "arms"), 6),
        (("pretrain", "arms", "made", "objective"), 9),
        (("pretrain", "arms", "made", "loss"), 8),
        (("pretrain", "epochs"), 4),
        (("pretrain", "seeds", 1), 11),
        (("pretrain", "seeds", 7), 10),
        (("pretrain", "tasks", 1, "kind"), 14),
        (("nothing", "here"), 1),
    ],
)
def test_lines_of_keys(tmp_path, keys, line):
    assert document(tmp_path, TEXT).line_of(keys) == line


def test_where_names_file_line_and_key(tmp_path):
    found = document(tmp_path, TEXT)
    assert found.where(("pretrain", "seeds", 1)) == f"{tmp_path / 'params.yaml'} line 11: pretrain.seeds.1"
    assert found.where(()) == f"{tmp_path / 'params.yaml'} line 1"


def test_values_are_those_of_yaml_1_2(tmp_path):
    text = "a: 5.0e-4\nb: 1e-3\nc: yes\nd: true\ne: 012\nf: null\ng: [1, 2.5]\nh: &x {q: 1}\ni: {<<: *x, r: 2}\n"
    assert document(tmp_path, text).content == {
        "a": 0.0005, "b": 0.001, "c": "yes", "d": True, "e": 12, "f": None, "g": [1, 2.5],
        "h": {"q": 1}, "i": {"q": 1, "r": 2},
    }  # fmt: skip


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_the_studies_are_plain_data_and_mean_the_same_by_yaml_1_1(path):
    found = read_document(path).content
    assert found == yaml.safe_load(path.read_text())
    assert _kinds(found) <= {dict, list, str, int, float, bool, type(None)}


def _kinds(value):
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {type(value)}.union(*map(_kinds, inside))


@pytest.mark.parametrize("text", ["", "# nothing\n", "\ufeff"])
def test_an_empty_file_holds_nothing(tmp_path, text):
    found = document(tmp_path, text)
    assert found.content is None
    assert found.line_of(("seed",)) == 1


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("seed: 0\ntile: {mpp: 1.0}\nseed: 1\n", "the key 'seed' occurs twice", 3),
        ("a:\n  - b: {c: 1,\n        d: 2,\n        c: 3}\n", "the key 'c' occurs twice", 4),
        ("a: 1\nb: [\n", "not valid YAML: expected the node content", 3),
        ("a: 1\nb: c: d\n", "not valid YAML: mapping values are not allowed here", 2),
        ("a:\n\tb: 1\n", "cannot start any token", 2),
        ("a: *x\n", "undefined alias 'x'", 1),
        ("a: 1\nb: !!python/object/apply:os.getcwd []\n", "could not determine a constructor", 2),
        ("a: 1\n---\nb: 2\n", "another document", 2),
    ],
)
def test_mistakes_name_their_line(tmp_path, text, message, line):
    with pytest.raises(StudyError) as error:
        document(tmp_path, text)
    assert message in error.value.message
    assert error.value.where == f"{tmp_path / 'params.yaml'} line {line}"
    assert error.value.fix


@pytest.mark.parametrize(("content", "message"), [(b"a: \xe9\n", "not UTF-8"), (b"a: \x07\n", "not valid YAML")])
def test_files_that_are_no_text(tmp_path, content, message):
    with pytest.raises(StudyError, match=message):
        document(tmp_path, content)


def test_a_missing_file_is_no_study(tmp_path):
    with pytest.raises(StudyError, match="no study here"):
        read_document(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("value", "hint"), [("yes", "true"), ("Off", "false"), ("NO", "false"), ("maybe", None), (1, None)]
)
def test_words_that_once_were_booleans(value, hint):
    assert switch_hint(value) == hint
