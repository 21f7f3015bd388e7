"""The study: ``params.yaml``, validated before any job starts."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from pydantic import ValidationError

from pipeline.core.cohort.primary import primary_stains
from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.core.phases import PHASES
from pipeline.study.document import read_document
from pipeline.study.evaluate import Evaluate
from pipeline.study.mistakes import mistakes_of, raise_all
from pipeline.study.need import BOTH, Slides, need_stain
from pipeline.study.normalize import Normalize
from pipeline.study.pretrain import Pretrain
from pipeline.study.report import Report
from pipeline.study.rule import Rule
from pipeline.study.section import Name, Section, Whole
from pipeline.study.stains import Stain
from pipeline.study.synthesize import Synthesize
from pipeline.study.tile import Tile
from pipeline.study.translate import Translator

PARAMS, SHEET = Path("params.yaml"), Path("data/slides.csv")
MODULES = {phase: import_module(f"pipeline.study.{phase}") for phase in PHASES}


class Study(Section):
    """The whole of ``params.yaml``: the seed, the kinds of stains, one section per phase.

    A study may be a part: without ``translate`` there is no synthetic view, without ``pretrain`` no encoder, without
    ``evaluate`` no figure; the phases that are there run.
    """

    seed: Whole = 0
    stains: dict[str, Stain] = {}
    tile: Tile = Tile()
    normalize: Normalize = Normalize()
    translate: dict[Name, Translator] = {}
    synthesize: Synthesize = Synthesize()
    pretrain: Pretrain | None = None
    evaluate: Evaluate | None = None
    report: Report = Report()

    def jobs(self, slides: Slides) -> Iterator[Job]:
        """Every job, phase by phase."""
        for module in MODULES.values():
            yield from module.jobs(self, slides)

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
        study = Study.model_validate(content)
    except ValidationError as error:
        raise_all([_placed(mistake, place) for mistake in mistakes_of(error, "", Study)])
        raise
    raise_all([_placed(mistake, place) for module in MODULES.values() for mistake in module.check_params(study)])
    return study


def check_cohort(study: Study, slides: Slides) -> None:
    """Raises StudyError where params.yaml asks for slides, pairs or labels that the sheet does not have."""
    primary = primary_stains(slides)
    if len(primary) != 1:
        raise StudyError(
            f"one stain is to be the primary one; it could be {' or '.join(sorted(primary)) or 'none: no slides'}",
            where="data/slides.csv: paired_with",
            fix="register every other stain to one of them" if primary else "list the slides",
        )
    splits = BOTH if study.evaluate and study.evaluate.tasks else ("train",)
    mistakes = list(need_stain(primary.pop(), "data/slides.csv: the primary stain", slides, splits).check())
    raise_all(mistakes + [found for module in MODULES.values() for found in module.check_sheet(study, slides)])


def _placed(error: StudyError, place: Callable[[str], str]) -> StudyError:
    error.where = place(error.where)
    return error
