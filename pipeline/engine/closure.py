"""The code that can act on a product: every module that its maker and its methods can reach by imports."""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pipeline.core.digests import digest_bytes

CODE = Path(__file__).resolve().parents[1]
PACKAGE = CODE.name
DECLARING = ("study", "engine")  # act through a job's spec and inputs, which its recipe holds
DRAWN = (".j2", ".css")  # what a module reads of its own folder


def digest_code(targets: Iterable[str]) -> str:
    """Digest of the modules that ``package.module:attribute`` targets reach; the same in every checkout."""
    return _digest(frozenset(target.partition(":")[0] for target in targets))


@cache
def _digest(modules: frozenset[str]) -> str:
    files = sorted(_files(closure(modules)))
    return digest_bytes(
        *(part for f in files for part in (f.relative_to(CODE.parent).as_posix().encode(), f.read_bytes()))
    )


def closure(modules: Iterable[str]) -> set[str]:
    """The modules and all that they import inside the package, wherever the import stands; parents included.

    Args:
        modules: Dotted names.
    """
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in found or name.split(".")[1:2] in [[part] for part in DECLARING]:
            continue
        found.add(name)
        parent, _, _ = name.rpartition(".")
        waiting += [*_imports(name), *([parent] if parent else [])]
    return found


@cache
def _imports(module: str) -> frozenset[str]:
    """The package's modules that a module imports."""
    path = _path(module)
    if path is None:
        return frozenset()
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(name for name in names if name.split(".")[0] == PACKAGE and _path(name))


def _path(module: str) -> Path | None:
    """The file of a module of the package; None where there is none."""
    place = CODE.parent.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _files(modules: Iterable[str]) -> set[Path]:
    own = {path for path in map(_path, modules) if path}
    return own | {file for path in own for file in path.parent.iterdir() if file.suffix in DRAWN}
