"""A whole slide in other colours, as one pyramidal file, or what is found in it.

``lookup`` finds in a study what is done to a slide; ``rows`` does it colour by colour, ``windows`` window by window,
which ``blend`` joins without a seam. ``denoised`` is for diffusions: windows are joined in every step. ``segmented``
finds a segmenter, and ``labelled`` writes the labels of its blended maps, see :mod:`pipeline.commands.apply.labels`.
"""
