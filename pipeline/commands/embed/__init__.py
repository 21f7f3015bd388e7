"""From slides to features.

``preparation`` finds what was done to slides before the encoder saw them; ``slide`` opens one and does the same to it;
``files`` holds the layouts that features are written in; ``folder`` writes them slide by slide.
"""
