"""The study: ``params.yaml``, validated before any job starts."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from pipeline.core.cohort.primary import primary_stains
from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.core.phases import PHASES
from pipeline.study.document import read_document
from pipeline.study.evaluate import Evaluate
from pipeline.study.folds import ONCE, POOLED, check_folds, in_fold, in_words, pooled, splits
from pipeline.study.mistakes import mistakes_of, raise_all
from pipeline.study.need import Slides
from pipeline.study.normalize import Normalize
from pipeline.study.pretrain import Pretrain
from pipeline.study.report import Report
from pipeline.study.rule import Rule
from pipeline.study.section import Name, Section, Whole
from pipeline.study.segment import Segment
from pipeline.study.stains import Stain
from pipeline.study.synthesize import Synthesize
from pipeline.study.tile import Tile
from pipeline.study.translate import Translator

PARAMS, SHEET = Path("params.yaml"), Path("data/slides.csv")
READS = {
    "normalize": ("tile",),
    "translate": ("tile", "stains"),
    "synthesize": ("tile", "stains", "translate"),
    "pretrain": ("tile", "stains", "translate", "synthesize", "evaluate"),
    "segment": ("tile", "stains", "translate", "synthesize", "pretrain"),
    "evaluate": ("pretrain", "segment"),
}  # of one another
MODULES = {phase: import_module(f"pipeline.study.{phase}") for phase in PHASES}


class Study(Section):
    """The whole of ``params.yaml``: the seed, the kinds of stains, one section per phase.

    A study may be a part: without ``translate`` there is no synthetic view, without arms no encoder or segmenter,
    without tasks no score of an encoder. With ``folds``, every patient is tested once and the sheet's splits are left
    aside.
    """

    seed: Whole = 0
    folds: Annotated[int, Field(ge=2, strict=True)] | None = None
    stains: dict[str, Stain] = {}
    tile: Tile = Tile()
    normalize: Normalize = Normalize()
    translate: dict[Name, Translator] = {}
    synthesize: Synthesize = Synthesize()
    pretrain: Pretrain = Pretrain()
    segment: Segment = Segment()
    evaluate: Evaluate = Evaluate()
    report: Report = Report()

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, content: object) -> object:
        """A section with nothing below it is as one that is not there; DVC wants the key of what it watches."""
        return {k: v for k, v in content.items() if v is not None} if isinstance(content, dict) else content

    def jobs(self, slides: Slides) -> Iterator[Job]:
        """Every job, phase by phase; with folds, what is not made once for all is made for each."""
        seen = splits(slides, self.folds, self.seed)
        pooling: list[tuple[str, Job]] = []
        once = {next(iter(seen)): slides}  # what is made once is made of the sheet as it is
        for phase, module in MODULES.items():
            for fold, own in (once if phase in ONCE else seen).items():
                for job in module.jobs(self, own):
                    if job.rule == POOLED:
                        pooling.append((fold, job))
                    else:
                        yield in_fold(job, fold, list(seen))
            if phase == "evaluate":
                yield pooled(pooling)

    @staticmethod
    def rules() -> list[Rule]:
        """Every rule, phase by phase, whether the study has jobs of it or not."""
        return [rule for module in MODULES.values() for rule in module.RULES]

    def primary(self, slides: Slides) -> str:
        """The stain that encoders learn from; empty where the sheet does not decide it."""
        stains = primary_stains(slides)
        return next(iter(stains)) if len(stains) == 1 else ""


def load_study(path: Path) -> Study:
    """Reads and validates ``params.yaml``.

    Raises:
        StudyError: The file is missing, is not YAML, or values are wrong; names lines, keys and fixes.
    """
    document = read_document(path)
    return parse_study(document.content, lambda key: document.where(key.split(".")))


def parse_study(content: object, place: Callable[[str], str] = "params.yaml: {}".format) -> Study:
    """Validates the content of a params.yaml; see :func:`load_study`.

    Args:
        content: Plain data.
        place: From a dotted key to what a message says of where it stands.
    """
    try:
        study, mistakes = Study.model_validate(content), []
    except ValidationError as error:
        study, mistakes = right_sections(content), list(mistakes_of(error, "", Study))
    wrong = {mistake.where.partition(".")[0] for mistake in mistakes}
    for phase, module in MODULES.items():
        if not wrong & {phase, *READS.get(phase, ())}:
            mistakes += module.check_params(study)
    raise_all([_placed(mistake, place) for mistake in mistakes])
    return study


def right_sections(content: object) -> Study:
    """The study of those sections of a wrong params.yaml that are right; the others are as if they were not there."""
    right: dict[str, object] = {}
    for name in Study.model_fields if isinstance(content, dict) else ():
        try:
            Study.model_validate({name: content[name]} if name in content else {})  # type: ignore[index, operator]
        except ValidationError:
            continue
        right |= {name: content[name]} if name in content else {}  # type: ignore[index, operator]
    return Study.model_validate(right)


def check_cohort(study: Study, slides: Slides) -> None:
    """Raises StudyError where params.yaml asks for slides, pairs or labels that the sheet does not have."""
    raise_all(list(check_folds(study.folds, slides)))
    parts = splits(slides, study.folds, study.seed)
    raise_all(
        in_words(
            {
                fold: [m for module in MODULES.values() for m in module.check_sheet(study, own)]
                for fold, own in parts.items()
            }
        )
    )


def _placed(error: StudyError, place: Callable[[str], str]) -> StudyError:
    error.where = place(error.where)
    return error
