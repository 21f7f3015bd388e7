"""What views are drawn with, as data: a policy for each preset."""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Policy:
    """How far a view may be from its image; what is 0 changes nothing.

    Args:
        crop: Largest part of a side that is cut off, the sides independent of each other.
        area: Largest part of the area that is cut off instead; the sides are in a ratio of 3/4 to 4/3.
        flips: Probabilities of left for right and of top for bottom.
        rotate: Probability of a rotation.
        angle: Largest, in radians; the smallest is 0.
        noise: Probability of noise in place of black.
        solarise: Probability of inversion above a threshold.
        thresholds: The lowest and the highest, of a full scale of 1.
        jitter: Probability of what follows, of all together.
        contrast: A factor of 1 ± so much, about the mean of each channel.
        saturation: Likewise.
        hue: A turn by ± so much of the circle.
        light: A factor of 1 ± so much of all channels.
        brightness: ± so much for all channels.
        intensity: A factor of 1 ± so much in place of all these, of what is no picture of light.
        stain: A factor of 1 ± so much of the amount of each stain of a picture of light, and ± a twentieth
            of that added; see :mod:`pipeline.pretrain.stain_jitter`.
    """

    crop: float = 0.0
    area: float = 0.0
    flips: tuple[float, float] = (0.0, 0.0)
    rotate: float = 0.0
    angle: float = math.pi
    noise: float = 0.0
    solarise: float = 0.0
    thresholds: tuple[float, float] = (0.01, 0.6)
    jitter: float = 1.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    light: float = 0.0
    brightness: float = 0.0
    intensity: float = 0.0
    stain: float = 0.0

    def scaled(self, colour: float, geometry: float, stain: float = 0.0) -> "Policy":
        """Every amplitude and probability in proportion: of what changes values, and of what moves pixels.

        ``stain`` is the amplitude itself: no source has one.
        """
        values = {"noise", "solarise", "contrast", "saturation", "hue", "light", "brightness", "intensity"}
        places = {"crop", "area", "rotate", "angle"}
        changed = {name: getattr(self, name) * colour for name in values}
        moved = {name: getattr(self, name) * geometry for name in places}
        across, down = self.flips
        return replace(self, **changed, **moved, flips=(across * geometry, down * geometry), stain=stain)


RELEASED = Policy(
    crop=0.25, flips=(0.5, 0.5), rotate=0.4, noise=0.3, solarise=0.3, contrast=0.4, saturation=0.4, hue=0.1
)
CORRECTED = replace(RELEASED, brightness=0.4, intensity=0.2)
CLIP_LITE = Policy(
    area=0.8, flips=(0.5, 0.0), jitter=0.8, contrast=0.4, saturation=0.4, hue=0.1, light=0.4, intensity=0.2
)
POLICIES = {"released": RELEASED, "corrected": CORRECTED, "clip_lite": CLIP_LITE}
