"""Tiles for other tools. Another format is one more file in this folder and one line here.

A format is a function of the slides and the folder to write to; see :mod:`pipeline.tile.export.folder`.
"""

from pipeline.core.registry import Method

FORMATS = {
    "trident": Method("pipeline.tile.export.trident:write_trident"),
    "clam": Method("pipeline.tile.export.clam:write_clam"),
    "png": Method("pipeline.tile.export.pngs:write_pngs"),
}
