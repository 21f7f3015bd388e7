"""The ways to pool a score, by the name that its record gives."""

from collections.abc import Iterator

import numpy as np

from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.measures.chances import Chances
from pipeline.core.measures.detection import Detection
from pipeline.core.measures.dispersion import Dispersion
from pipeline.core.measures.distance import Distance, Gaps
from pipeline.core.measures.diversity import Diversity
from pipeline.core.measures.frechet import Frechet
from pipeline.core.measures.inception_score import InceptionScore
from pipeline.core.measures.jaccard import Jaccard
from pipeline.core.measures.kernel import Kernel
from pipeline.core.measures.means import Largest, Means, Together
from pipeline.core.measures.overlap import Overlap
from pipeline.core.measures.pool import Pool
from pipeline.core.measures.prediction import Prediction
from pipeline.core.measures.records import PATIENTS, Score
from pipeline.core.measures.specificity import Specificity

KINDS: tuple[type[Pool], ...] = (
    Chances,
    Detection,
    Dispersion,
    Distance,
    Diversity,
    Frechet,
    Gaps,
    InceptionScore,
    Jaccard,
    Kernel,
    Largest,
    Means,
    Overlap,
    Prediction,
    Specificity,
    Together,
)
POOLS = {kind.__name__: kind for kind in KINDS}


def load_scores(manifest: ScoresManifest) -> Iterator[Score]:
    """The scores that :func:`pipeline.core.measures.records.save_scores` wrote, one after the other."""
    with np.load(manifest.scores, allow_pickle=False) as file:
        for record in manifest.records:
            kind = POOLS[record.pool]
            pool = kind(**{name: file[f"{record.key}/{name}"] for name in kind.__dataclass_fields__})
            patients = tuple(file[f"{record.key}/{PATIENTS}"].tolist())
            what = (record.task, record.domain, record.name)
            yield Score(*what, pool, patients, record.n, record.paired, record.seed)
