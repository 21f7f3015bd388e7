"""What a data set says of its images, as settings to be laid over a ready-made study."""

from collections.abc import Mapping
from typing import Any

from pipeline.core.files import Json

ALWAYS = ("stains", "tile", "normalize")  # sections that every study has, if it says so or not


def layer_of(settings: Json, content: Mapping[str, Any]) -> Json:
    """Those settings that the study has a use for; what a stain is, is said anew as a whole.

    Args:
        settings: Of a data set, by section.
        content: Of the study. A phase that it leaves empty stays empty.
    """
    used = {name: own for name, own in settings.items() if name in ALWAYS or content.get(name) is not None}
    stains = used.pop("stains", {})
    return {**used, **{f"stains.{name}": stain for name, stain in stains.items()}}
