"""Every method by name. A new method is one file and one line here.

Entries are import paths, so that checking a study imports no network code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from pipeline.core.errors import StudyError

Option = float | int | str | bool


@dataclass(frozen=True)
class Method:
    """A method and the options it takes in ``params.yaml`` beside the common ones.

    Args:
        target: ``package.module:attribute``.
        options: Option names and their defaults; a study may override these and no others.
        choices: The values that options of a few words may take.
        paired_only: Learns from registered slides alone; a translator's.
    """

    target: str
    options: Mapping[str, Option] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paired_only: bool = False

    def load(self) -> Any:
        module, _, attribute = self.target.partition(":")
        return getattr(import_module(module), attribute)


NORMALIZERS = {
    "none": Method("pipeline.normalize.identity:Identity"),
    "macenko": Method(
        "pipeline.normalize.macenko:Macenko",
        {"io": 255, "offset": 0, "beta": 0.15, "alpha": 1.0, "mask": "mean"},
        {"mask": ("mean", "any")},
    ),
}

TRANSLATORS = {
    "cyclegan": Method(
        "pipeline.translate.cyclegan:CycleGAN",
        {"ngf": 64, "blocks": 9, "ndf": 64, "lambda_cycle": 10.0, "identity": 0.5, "pool": 50, "negative": False},
    ),
    "pix2pix": Method(
        "pipeline.translate.pix2pix:Pix2Pix",
        {"ngf": 64, "downs": 8, "ndf": 64, "lambda_l1": 100.0},
        paired_only=True,
    ),
}

OBJECTIVES = {
    "untrained": Method("pipeline.pretrain.untrained:Untrained"),
    "supervised": Method("pipeline.pretrain.supervised:Supervised"),
    "unprivileged": Method("pipeline.pretrain.siamese:Unprivileged"),
    "siamese": Method("pipeline.pretrain.siamese:PrivilegedSiamese"),
    "trident": Method(
        "pipeline.pretrain.trident:TriDeNT", {"heads": "per_encoder"}, {"heads": ("per_encoder", "per_pair")}
    ),
}

LOSSES = {
    "vicreg": Method(
        "pipeline.pretrain.vicreg:VICReg",
        {"mode": "released"},
        {"mode": ("released", "pairwise", "facebook", "paper")},
    ),
    "infonce": Method("pipeline.pretrain.infonce:InfoNCE", {"temperature": 0.5}),
}


def lookup(table: Mapping[str, Method], name: str, where: str) -> Method:
    """Returns the method called ``name``; raises StudyError that lists the known names."""
    if name not in table:
        raise StudyError(f"unknown method {name!r}", where=where, fix=f"choose one of: {', '.join(sorted(table))}")
    return table[name]


def options(
    table: Mapping[str, Method], name: str, given: Mapping[str, Option], where: str, key: str = "options"
) -> dict[str, Option]:
    """Returns the method's options with ``given`` laid over the defaults; ``where`` names the method, ``key`` them.

    Raises:
        StudyError: An option is unknown, of another type than its default, or none of its choices.
    """
    method = lookup(table, name, where)
    defaults = method.options
    for option, value in given.items():
        if option not in defaults:
            known = ", ".join(sorted(defaults)) or "none"
            raise StudyError(
                f"{name!r} has no option {option!r}", where=f"{where}.{key}.{option}", fix=f"known: {known}"
            )
        kind = type(defaults[option])
        if not isinstance(value, (int, float) if kind is float else kind):
            raise StudyError(
                f"option {option!r} must be {kind.__name__}, not {value!r}",
                where=f"{where}.{key}.{option}",
                fix=f"for example {defaults[option]!r}",
            )
        if option in method.choices and value not in method.choices[option]:
            raise StudyError(
                f"option {option!r} cannot be {value!r}",
                where=f"{where}.{key}.{option}",
                fix=f"choose one of: {', '.join(method.choices[option])}",
            )
    return {**defaults, **given}
