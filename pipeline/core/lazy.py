"""One class out of a big package, without the package's start-up.

``from monai.networks.nets.resnet import ResNet`` runs the ``__init__`` of every package on its way; that of ``monai``
loads all of its modules and half of scientific Python: 2.3 s, of which the class needs 0.6.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import version
from types import ModuleType
from typing import Any


@contextmanager
def lazy(package: str, without: str = "") -> Iterator[None]:
    """Within the block, a package that is imported runs its ``__init__`` only if asked for what its modules lack.

    Afterwards the block's imports belong to it alone: whoever imports the package later starts it as usual. One
    that was started already is used as it is.

    Args:
        package: Installed.
        without: Another, which the block's modules could use and do not need: to them it is not installed, unless it
            was started already.
    """
    if package in sys.modules:
        yield
        return
    finder = _Finder(package)
    sys.meta_path.insert(0, finder)
    missing = bool(without) and without not in sys.modules
    if missing:
        sys.modules[without] = None  # type: ignore[assignment]  # what is imported next is a ModuleNotFoundError
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        if missing:
            del sys.modules[without]
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]


class _Package(ModuleType):
    """A package whose ``__init__`` has not run yet."""

    waiting: Loader | None

    def __getattr__(self, name: str) -> Any:
        loader = self.__dict__.get("waiting")
        if loader is None or name.startswith("__"):  # Python itself asks for those
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        self.waiting = None
        loader.exec_module(self)
        return getattr(self, name)


class _Loader(Loader):
    """Makes a package and leaves running it to the package."""

    def __init__(self, real: Loader) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = _Package(spec.name)
        module.waiting = self.real
        if "." not in spec.name:
            module.__dict__["__version__"] = version(spec.name)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Not yet."""


class _Finder(MetaPathFinder):
    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] != self.package:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.loader and spec.submodule_search_locations is not None:
            spec.loader = _Loader(spec.loader)
        return spec
