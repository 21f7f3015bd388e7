"""What an arm that read captions says of test tiles in sentences: retrieval, zero-shot classes, grounding, concepts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.console import console
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.measures.records import Score
from pipeline.core.networks.encoder import Encoder
from pipeline.core.networks.language import Language, load_language
from pipeline.core.text.captions import Captions
from pipeline.evaluate.classification import ClassProbes
from pipeline.evaluate.concepts import directions, without
from pipeline.evaluate.grounding_score import Drawn, draw_grids, grounding_scores
from pipeline.evaluate.probe_scores import task_scores
from pipeline.evaluate.probe_tiles import ProbeTiles
from pipeline.evaluate.retrieval_score import captions_of, retrieval_scores
from pipeline.evaluate.zero_shot import class_vectors, prompts_of, told_apart, zero_shot

JOINT, ZERO_SHOT = "language", "zero_shot"


@dataclass(frozen=True)
class Questions:
    """What tiles are asked in sentences, the same for every encoder of an arm.

    Args:
        tiles: With targets.
        captions: str (tile,); empty = none.
        grids: Pictures that ask where a class lies, by task.
        prompts: Sentences of every class, by task.
    """

    tiles: ProbeTiles
    captions: np.ndarray
    grids: dict[str, Drawn]
    prompts: dict[str, list[list[str]]]

    @classmethod
    def of(cls, cohort: Cohort, tiles: ProbeTiles, captions: Captions, spec: Json) -> "Questions":
        """Of the tiles of a cohort, by the ``seed`` and the ``language`` of a job's spec."""
        tasks = {task: names for task, names in tiles.names.items() if names}
        return cls(
            tiles,
            captions_of(cohort, tiles, captions),
            {task: draw_grids(cohort, tiles, task, spec["seed"]) for task in tasks},
            {t: prompts_of(spec["language"]["prompts"], names, cohort.primary) for t, names in tasks.items()},
        )


def score_language(
    job: Job, cohort: Cohort, tiles: ProbeTiles, made: Iterable[tuple[EncoderManifest, Encoder, np.ndarray]]
) -> Iterator[Score]:
    """What every seed of an arm says in sentences.

    Args:
        job: Of the arm; its spec's ``language`` says how captions are made, input ``captions`` is their file.
        cohort: Whose tiles they are.
        tiles: With targets.
        made: Of every seed the manifest, the encoder and its features float32 (tile, features).
    """
    captions = Captions(job.spec["language"]["captions"], job.inputs.get("captions"))
    asked = Questions.of(cohort, tiles, captions, job.spec)
    for trained, encoder, features in made:
        scores = language_scores(asked, features, (encoder, load_language(trained.folder)), job.spec)
        yield from (replace(score, seed=trained.seed) for score in scores)


def language_scores(
    asked: Questions, features: np.ndarray, networks: tuple[Encoder, Language], spec: Json
) -> Iterator[Score]:
    """All scores of one encoder.

    Beside retrieval, of every task of classes: ``zero_shot``, which learned from no target; ``grounding``; a linear
    probe of the vectors that are compared with sentences, ``language``; and ``without_C``, the same without a concept.

    Args:
        asked: Of which tiles, and what.
        features: float32 (tile, features).
        networks: That made them, and what was trained with it, in eval mode.
        spec: The ``concepts`` of ``language``, ``strata`` and ``batch``.
    """
    tiles, (_, language) = asked.tiles, networks
    with torch.no_grad():
        images = language.images(torch.from_numpy(features).to(language.log_scale.device)).double().cpu().numpy()
    yield from retrieval_scores(tiles, asked.captions, images, language)
    concepts = {name: _concept(language, own) for name, own in spec["language"]["concepts"].items()}
    for name in (name for name, found in concepts.items() if not len(found)):
        console.print(f"[yellow]warning[/] concept {name}: its words are the same to the captions; it is not left out")
    left = {JOINT: images, **{f"without_{name}": without(images, v) for name, v in concepts.items() if len(v)}}
    for task, prompts in asked.prompts.items():
        predicted = {name: _probed(tiles, task, vectors) for name, vectors in left.items()}
        if told_apart(language, prompts):
            classes = class_vectors(language, prompts)
            chances = zero_shot(images[tiles.split(task)[1]], classes, language.scale.item())
            predicted[ZERO_SHOT] = chances[None].astype(np.float32)
            drawn = asked.grids[task]
            yield from grounding_scores(tiles, task, drawn, networks, classes, spec["batch"])
        else:
            console.print(f"[yellow]warning[/] {task}: two classes are the same words to the captions; no zero-shot")
        yield from task_scores(task, tiles, predicted, spec["strata"])


def _concept(language: Language, concept: Json) -> np.ndarray:
    """The directions of a concept: where its sentences differ when one word stands in the place of another."""
    groups = [language.vectors([t.format(word=w) for w in concept["words"]]) for t in concept["templates"]]
    return directions(np.stack(groups))


def _probed(tiles: ProbeTiles, task: str, vectors: np.ndarray) -> np.ndarray:
    """Chances by a linear probe of vectors (tile, d): float32 (1, test tile, class)."""
    train, test = tiles.split(task)
    probes = ClassProbes(len(tiles.names[task]))
    fitted = probes.linear(vectors[train], tiles.targets[task][train], tiles.patient[train])
    return fitted.predict(vectors[test])[None].astype(np.float32)
