"""How a site's laboratory and scanner make a slide look."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.seeds import derive

DAB = (0.268, 0.570, 0.776)


@dataclass(frozen=True)
class Style:
    """A site's look.

    Args:
        haematoxylin: OD direction in RGB; any length.
        second: OD direction in RGB of eosin, or of DAB on IHC.
        strengths: Factors on the two concentrations.
        background: Grey levels where no tissue is.
        blur: Standard deviation of the optical blur in level-0 pixels.
        noise: Factor on the study's noise.
        quality: JPEG quality.
    """

    haematoxylin: tuple[float, float, float]
    second: tuple[float, float, float]
    strengths: tuple[float, float]
    background: tuple[float, float, float]
    blur: float
    noise: float
    quality: int

    @property
    def matrix(self) -> np.ndarray:
        """float64 (3, 2): unit OD vectors as columns, haematoxylin first."""
        columns = np.array([self.haematoxylin, self.second]).T
        return np.asarray(columns / np.linalg.norm(columns, axis=0))


SITES = {
    "siteA": Style((0.650, 0.704, 0.286), (0.092, 0.954, 0.283), (1.0, 1.0), (247, 247, 246), 0.7, 0.5, 90),
    "siteB": Style((0.560, 0.745, 0.362), (0.070, 0.972, 0.222), (0.85, 1.2), (250, 246, 249), 0.9, 0.7, 85),
    "siteC": Style((0.700, 0.650, 0.296), (0.270, 0.905, 0.330), (1.15, 0.8), (236, 237, 243), 1.4, 1.0, 80),
}


def site_style(seed: int, site: str) -> Style:
    """The style of a site; of one that is not among SITES, a draw that depends on its name."""
    if site in SITES:
        return SITES[site]
    rng = np.random.default_rng(derive(seed, "phantom", "site", site))
    weights = rng.dirichlet([1.0] * len(SITES))
    known = list(SITES.values())

    def mixed(name: str) -> tuple[float, ...]:
        return tuple(map(float, np.tensordot(weights, np.array([getattr(s, name) for s in known]), 1)))

    return Style(
        haematoxylin=mixed("haematoxylin"),  # type: ignore[arg-type]
        second=mixed("second"),  # type: ignore[arg-type]
        strengths=mixed("strengths"),  # type: ignore[arg-type]
        background=mixed("background"),  # type: ignore[arg-type]
        blur=float(weights @ [s.blur for s in known]),
        noise=float(weights @ [s.noise for s in known]),
        quality=round(float(weights @ [s.quality for s in known])),
    )


def slide_style(seed: int, site: str, slide: str, stain: str) -> Style:
    """A site's style with the small differences between its slides; DAB in place of eosin on IHC."""
    style = site_style(seed, site)
    rng = np.random.default_rng(derive(seed, "phantom", "style", slide))
    if stain == "IHC":
        style = replace(style, second=DAB)
    return replace(
        style,
        haematoxylin=tuple(np.array(style.haematoxylin) + rng.normal(0, 0.012, 3)),
        second=tuple(np.array(style.second) + rng.normal(0, 0.012, 3)),
        strengths=tuple(np.array(style.strengths) * np.exp(rng.normal(0, 0.08, 2))),
        blur=style.blur * float(np.exp(rng.normal(0, 0.1))),
    )
