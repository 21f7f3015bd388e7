"""Training checkpoints (``scratch/``) and exported weights (``models/``). Nothing here executes on load."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from pipeline.core.digests import digest_bytes, digest_file
from pipeline.core.errors import ProductError
from pipeline.core.files import Json, write_json


def scratch_folder(phase: str, recipe: Json) -> Path:
    """``scratch/<phase>/<recipe digest>``: another recipe never meets another's checkpoint."""
    return Path("scratch") / phase / digest_bytes(json.dumps(recipe, sort_keys=True).encode())


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Writes weights, optimisers, RNG and position aside and renames them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    torch.save(state, partial)
    partial.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """The state that :func:`save_checkpoint` wrote, on the CPU; None where there is none."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def export_weights(folder: Path, name: str, module: torch.nn.Module, config: Json) -> str:
    """Writes ``name.safetensors`` and ``name.config.json``; returns the weights' digest."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    partial = path.with_name(path.name + ".partial")
    save_file({key: value.detach().cpu().contiguous() for key, value in module.state_dict().items()}, partial)
    partial.replace(path)
    write_json(folder / f"{name}.config.json", config)
    return digest_file(path)


def import_config(folder: Path, name: str) -> Json:
    """The config that :func:`export_weights` wrote."""
    path = folder / f"{name}.config.json"
    if not path.exists():
        raise ProductError("no exported network", where=str(path), fix="train it first")
    config: Json = json.loads(path.read_text())
    return config


def import_weights(folder: Path, name: str, module: torch.nn.Module) -> None:
    """Loads ``name.safetensors`` into a module of the same shape and moves it to :func:`accelerator`."""
    module.load_state_dict(load_file(folder / f"{name}.safetensors"))
    module.to(accelerator())


def accelerator() -> torch.device:
    """Where an exported network is put to use: the GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
