"""The plan: every job of a study. The rule files, the commands and ``evict`` all read it here."""

import re
from functools import cached_property

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.study.cohort_check import check_cohort
from pipeline.study.jobs import BUILDERS
from pipeline.study.layout import PARAMS, SHEET
from pipeline.study.sheet import Slide, read_sheet
from pipeline.study.study import PHASES, Study, load_study


class Plan:
    """Every job of a study, by rule and key.

    Args:
        study: The validated params.yaml.
        slides: The validated sheet.
    """

    def __init__(self, study: Study, slides: dict[str, Slide]) -> None:
        self.study, self.slides = study, slides

    @classmethod
    def here(cls) -> "Plan":
        """The plan of the study in the current folder; raises StudyError or SheetError."""
        study = load_study(PARAMS)
        tile = study.tile
        slides = read_sheet(SHEET, seed=study.seed, test_share=tile.test_share, made=tile.phantom is not None)
        check_cohort(study, slides)
        return cls(study, slides)

    @cached_property
    def jobs(self) -> dict[tuple[str, ...], Job]:
        made = (job for build in BUILDERS for job in build(self.study, self.slides))
        return {(job.rule, *job.key): job for job in made}

    def job(self, rule: str, *key: str) -> Job:
        """The job of a rule; raises StudyError that lists the known keys."""
        found = self.jobs.get((rule, *key))
        if found is None:
            known = ["/".join(k[1:]) for k in self.jobs if k[0] == rule]
            raise StudyError(
                f"no {rule} {'/'.join(key)!r} in this study",
                where="params.yaml, data/slides.csv",
                fix=f"known: {', '.join(known[:20])}",
            )
        return found

    @staticmethod
    def pattern(*names: str) -> str:
        """A regular expression that matches these names and no others."""
        return "|".join(map(re.escape, names)) or "(?!)"

    def phase(self, name: str) -> list[Job]:
        """All jobs of a phase; raises StudyError that lists the phases."""
        if name not in PHASES:
            raise StudyError(f"no phase {name!r}", where="PHASE", fix=f"one of: {', '.join(PHASES)}")
        return [job for job in self.jobs.values() if job.phase == name]
