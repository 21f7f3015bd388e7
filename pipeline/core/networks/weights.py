"""Exported networks: weights and the config to rebuild them from. Nothing here executes what a file holds."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError, SynprivError
from pipeline.core.files import Json, aside, read_json, write_json
from pipeline.core.networks.headers import CONFIG, NETWORK, WEIGHTS, require_shapes

HOME = __package__
AGAIN = "train it again with this version"


def describe(kind: type[nn.Module], **arguments: Any) -> Json:
    """The config of a network class of this package: ``{"network": "module:Class", "arguments": {...}}``.

    Raises:
        ValueError: The class lies elsewhere, where no export would find it.
    """
    home, _, module = kind.__module__.rpartition(".")
    if home != HOME:
        raise ValueError(f"{kind.__module__}.{kind.__name__} is no network of {HOME}: move it there")
    return {"network": f"{module}:{kind.__name__}", "arguments": arguments}


def export_weights(folder: Path, name: str, module: nn.Module, config: Json) -> str:
    """Writes ``name.safetensors`` and ``name.config.json``; returns the weights' digest."""
    path = folder / f"{name}{WEIGHTS}"
    with aside(path) as partial:
        save_file({key: value.detach().cpu().contiguous() for key, value in module.state_dict().items()}, partial)
    write_json(folder / f"{name}{CONFIG}", config)
    return digest_file(path)


def import_network(folder: Path, name: str) -> nn.Module:
    """The network that :func:`export_weights` wrote, in eval mode, on :func:`accelerator`.

    Raises:
        ProductError: There is none, it was exported by another version, or its weights do not fit.
    """
    path = folder / f"{name}{CONFIG}"
    if not path.exists():
        raise ProductError("no exported network", where=str(path), fix="train it first")
    network, weights = build_network(read_json(path), where=str(path), unset=True), folder / f"{name}{WEIGHTS}"
    require_shapes({key: tuple(value.shape) for key, value in network.state_dict().items()}, weights)
    network.load_state_dict(load_file(weights))
    return network.to(accelerator()).eval()


def build_network(config: Json, *, where: str = "config", unset: bool = False) -> nn.Module:
    """Builds a network from what :func:`describe` says of it; no other code than this package's is ever reached.

    Args:
        config: ``network`` and ``arguments``.
        where: Its file, for the error.
        unset: Whether weights are loaded next, so that a network that can do without need not draw its first ones.

    Raises:
        ProductError: It names no network of this package, or arguments that the network does not take or cannot be
            built of.
    """
    kind, arguments = _find(config.get("network"), where), config.get("arguments", {})
    try:
        inspect.signature(kind).bind(**arguments)
    except TypeError as error:
        raise ProductError(f"{kind.__name__} takes other arguments: {error}", where=where, fix=AGAIN) from None
    with buildable(where, AGAIN):
        network: nn.Module = (getattr(kind, "unset", kind) if unset else kind)(**arguments)
    return network


@contextmanager
def buildable(where: str, fix: str) -> Iterator[None]:
    """Whatever goes wrong in building a network of a file's config is an error of that file: a ProductError."""
    try:
        yield
    except SynprivError:
        raise
    except Exception as error:  # of any kind: by what such a config says, any line of a network may fail
        told = " ".join(f"{type(error).__name__}: {error}".split())
        raise ProductError(f"no network can be built of the config: {told}", where=where, fix=fix) from error


def accelerator() -> torch.device:
    """Where an exported network is put to use: the GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _find(name: object, where: str) -> type[nn.Module]:
    parts = NETWORK.fullmatch(name) if isinstance(name, str) else None
    if parts is None:
        raise ProductError(f"expected 'module:Class' of {HOME}, found {name!r}", where=where, fix=AGAIN)
    module, attribute = parts.groups()
    try:
        found = getattr(import_module(f"{HOME}.{module}"), attribute, None)
    except ModuleNotFoundError as error:
        if error.name != f"{HOME}.{module}":
            raise
        found = None
    if not (isinstance(found, type) and issubclass(found, nn.Module)) or inspect.isabstract(found):
        raise ProductError(f"{HOME} has no network {name!r}", where=where, fix=AGAIN)
    return found
