"""A set of tiles as a network sees it, and how far two sets lie apart."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.core.measures.diversity import Diversity
from pipeline.core.measures.frechet import Features, Frechet
from pipeline.core.measures.inception_score import InceptionScore
from pipeline.core.measures.kernel import Kernel
from pipeline.core.measures.pool import Pool
from pipeline.evaluate.extractor import Extractor
from pipeline.evaluate.sample import Sample, numbered

Named = tuple[str, Pool, tuple[str, ...], int]  # name of a score, its pool, its patients and tiles


@dataclass(frozen=True)
class Cloud:
    """The features of a set.

    Args:
        extractor: Name of the network.
        features: float32 (tile, feature).
        owners: str (tile,), the patient of each.
        diversity: Of the set, whose patients are those of ``owners`` in alphabetical order.
        inception_score: Likewise; None where the network tells no classes.
    """

    extractor: str
    features: np.ndarray
    owners: np.ndarray
    diversity: Diversity
    inception_score: InceptionScore | None = None

    @classmethod
    def of(cls, sample: Sample, extractor: Extractor) -> "Cloud":
        """Of at least one tile."""
        names = sorted(set(sample.owners.tolist()))
        features, sums = [], dict[str, np.ndarray]()
        squares, counts = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
        for patient, (images,) in sample.blocks():
            seen, vectors = extractor.look(images)
            vectors = vectors.astype(np.float64)
            features.append(seen)
            sums[patient] = sums.get(patient, 0.0) + vectors.sum(0)
            squares[patient] += float(np.square(vectors).sum())
            counts[patient] += len(images)
        tables = np.stack([sums[name] for name in names]), np.array([*squares.values()]), np.array([*counts.values()])
        diversity, seen = Diversity.of(extractor.name, *tables), np.concatenate(features)
        score = None
        if extractor.chances:
            _, (number,) = numbered(sample.owners)
            score = InceptionScore.of(extractor.name, extractor.chances(seen), number, len(names))
        return cls(extractor.name, seen, sample.owners, diversity, score)

    def apart(self, real: "Cloud", real_name: str) -> Iterator[Named]:
        """Distances of this set from a real one, and what is measured of either by itself.

        Args:
            real: By the same network.
            real_name: Whose tiles these are; stands in the names of what is measured against them.
        """
        patients, (own, theirs) = numbered(self.owners, real.owners)
        n, extractor = len(self.features), self.extractor
        sides = Features(own, self.features), Features(theirs, real.features)
        kernel = Kernel.of(extractor, self.features, own, real.features, theirs, len(patients))
        yield _named("frechet", real_name), Frechet.of(extractor, *sides), patients, n
        yield _named("kernel_distance", real_name), kernel, patients, n
        yield from self._alone("{}")
        yield from real._alone(_named("real_{}", real_name))

    def _alone(self, name: str) -> Iterator[Named]:
        """What is measured of the set by itself; its score stands in the ``name``."""
        patients, n = tuple(np.unique(self.owners).tolist()), len(self.features)
        yield name.format("diversity"), self.diversity, patients, n
        if self.inception_score:
            yield name.format("inception_score"), self.inception_score, patients, n


def _named(score: str, real: str) -> str:
    return f"{score}/{real}" if real else score
