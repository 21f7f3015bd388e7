"""The kinds of picture: of light, of fluorescence, of classes, of electrons."""

from typing import Literal

Kind = Literal["light", "fluorescence", "mask", "electron"]
