"""Tiles for other tools. Another format is one more file in this folder and one line here.

A format is a function of the slides and the folder to write to; see :mod:`pipeline.commands.export.folder`.
"""

FORMATS = {
    "trident": "pipeline.commands.export.trident:write_trident",
    "clam": "pipeline.commands.export.clam:write_clam",
    "png": "pipeline.commands.export.pngs:write_pngs",
}
