"""A whole slide in other colours, as one pyramidal file.

``lookup`` finds in a study what is done to a slide; ``rows`` does it colour by colour, ``windows`` window by window,
which ``blend`` joins without a seam. ``denoised`` is for diffusions: windows are joined in every step.
"""
