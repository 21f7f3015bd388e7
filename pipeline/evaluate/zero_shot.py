"""Zero-shot classification: the class whose name, in a sentence, is nearest to the tile (Radford et al. 2021)."""

from collections.abc import Sequence

import numpy as np

from pipeline.core.networks.language import Language
from pipeline.core.text.templates import LABEL, fill


def prompts_of(templates: Sequence[str], names: Sequence[str], stain: str) -> list[list[str]]:
    """The sentences of every class: one for each template."""
    return [[fill(template, {LABEL: name, "stain": stain}) for template in templates] for name in names]


def told_apart(language: Language, prompts: Sequence[Sequence[str]]) -> bool:
    """Whether the tokeniser reads no two classes alike, as it does those of whose names it knows no word."""
    read = {tuple(language.text.tokens(own).flatten().tolist()) for own in prompts}
    return len(read) == len(prompts)


def class_vectors(language: Language, prompts: Sequence[Sequence[str]]) -> np.ndarray:
    """Unit vectors of classes, float64 (class, d): the mean of those of a class's sentences, made a unit vector again.

    Args:
        language: In eval mode.
        prompts: Sentences of every class.
    """
    means = np.stack([language.vectors(own).mean(0) for own in prompts])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True))


def zero_shot(images: np.ndarray, classes: np.ndarray, scale: float) -> np.ndarray:
    """Chances, float64 (tile, class): the softmax of scaled cosines.

    Args:
        images: Unit vectors (tile, d).
        classes: Unit vectors (class, d).
        scale: Of a cosine.
    """
    scores = scale * images.astype(np.float64) @ classes.T
    chances = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(chances / chances.sum(1, keepdims=True))
