"""A YAML file as plain data that knows the line of every key."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from pipeline.core.errors import StudyError

Key = str | int
WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}  # YAML 1.1 took them for booleans


@dataclass(frozen=True)
class Document:
    """What a YAML file says, by YAML 1.2, which DVC reads as well: ``1e-3`` is a number and ``yes`` is a word.

    Args:
        path: The file.
        content: Plain dictionaries, lists, text, numbers, booleans and None.
        root: The same as the tree that the parser found; None where the file is empty.
    """

    path: Path
    content: Any
    root: Node | None

    def line_of(self, keys: Sequence[Key]) -> int:
        """The line of a key or an item, counted from 1; of the deepest one above it where it is not there."""
        node, line = self.root, 1
        for key in keys:
            found = _child(node, key)
            if found is None:
                break
            line, node = found
        return line

    def where(self, keys: Sequence[Key]) -> str:
        """File, line and key, for a message: ``params.yaml line 7: pretrain.arms.real``."""
        name = ".".join(map(str, keys))
        return f"{self.path} line {self.line_of(keys)}" + (f": {name}" if name else "")


def read_document(path: Path) -> Document:
    """Reads a YAML file.

    Raises:
        StudyError: The file is missing, is not YAML, or a mapping names a key twice; names the line.
    """
    if not path.is_file():
        raise StudyError("no study here", where=str(path), fix="run this in a study folder, or 'synpriv init DIR'")
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"))
        content = None if root is None else yaml.constructor.construct_document(root)
    except UnicodeDecodeError as error:
        raise StudyError(f"not UTF-8: {error}", where=str(path), fix="save it as UTF-8") from None
    except DuplicateKeyError as error:
        key = re.search(r'found duplicate key "(.*?)"', error.problem or "")
        message = f"the key {key[1] if key else '?'!r} occurs twice"
        raise StudyError(message, where=f"{path}{_line(error)}", fix="rename one of them, or remove it") from None
    except YAMLError as error:
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise StudyError(
            f"not valid YAML: {problem}", where=f"{path}{_line(error)}", fix="correct the syntax"
        ) from error
    return Document(path, content, root)


def switch_hint(value: object) -> str | None:
    """What to write where a word such as ``yes`` stands for a boolean; None for all other values."""
    return WORDS.get(value.lower()) if isinstance(value, str) else None


def _child(node: Node | None, key: Key) -> tuple[int, Node] | None:
    """Line and node of a key of a mapping, or of an item of a list."""
    if isinstance(node, MappingNode):
        pairs = ((name, value) for name, value in node.value if name.value == str(key))
        return next(((name.start_mark.line + 1, value) for name, value in pairs), None)
    if isinstance(node, SequenceNode) and str(key).isdigit() and int(key) < len(node.value):
        item = node.value[int(key)]
        return item.start_mark.line + 1, item
    return None


def _line(error: YAMLError) -> str:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    return f" line {mark.line + 1}" if mark else ""
