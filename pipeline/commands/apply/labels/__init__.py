"""Labels of a whole slide, of maps that come from top to bottom.

``bands`` cuts these into rows with a margin, ``stitched`` labels them block by block, and ``pieces`` knows which pieces
in them are one object. ``found`` gives them back with their last numbers, ``tiff`` writes these, ``rings`` follows
their borders, and ``geojson`` writes those.
"""
