"""From slides to tiles.

Follow one tile: :func:`pipeline.tile.tiles.make_tiles` asks :func:`pipeline.tile.image.find_tiles` what to cut from
each image of the slide. That opens the image (``core/slides``), lays a grid over it (``grid``, or ``coordinates`` of
another tool, or the tiles of its ``partner``), looks for tissue (``tissue``, which knows ``pen`` marks), keeps the
tiles that hold enough of it and lie in the ``annotations`` asked for, and labels them (``classes``). Then
``make_tiles`` draws the ``thumbnail`` and the ``contours``, reads the ``pixels`` of the kept tiles and writes the store
(``core/store``). What the study asks of a slide is its ``request``; ``stage`` names what was being done where it fails.
"""
