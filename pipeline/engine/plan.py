"""The plan: every job of a study. The rule files, the commands and ``evict`` all read it here."""

from collections import defaultdict
from functools import cached_property

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.core.phases import PHASES
from pipeline.core.slides.slide import Slide
from pipeline.study.folds import fold_names
from pipeline.study.rule import INDEX, Rule
from pipeline.study.sheet import read_sheet
from pipeline.study.study import PARAMS, SHEET, Study, check_cohort, load_study

LAST = ("evaluate", "report")  # phases that have no index


class Plan:
    """Every job of a study, by rule and key.

    Args:
        study: The validated params.yaml.
        slides: The validated sheet.
    """

    def __init__(self, study: Study, slides: dict[str, Slide]) -> None:
        self.study, self.slides = study, slides
        self.rules: dict[str, Rule] = {rule.name: rule for rule in study.rules()}

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
        """Identity to job, phase by phase."""
        return {job.identity: job for job in self.study.jobs(self.slides)}

    def job(self, rule: str, *key: str) -> Job:
        """The job of a rule; raises StudyError that lists the known keys."""
        found = self.jobs.get((rule, *key))
        if found is None:
            known = ["/".join(k[1:]) for k in self.jobs if k[0] == rule]
            raise StudyError(
                f"no {rule} {'/'.join(key)!r} in this study",
                where="params.yaml, data/slides.csv",
                fix=f"known: {', '.join(known[:20]) or 'none'}",
            )
        return found

    def of_folds(self, rule: str, *key: str) -> list[Job]:
        """The job of a rule in every fold, or the only one; raises StudyError as :meth:`job` does."""
        names = fold_names(self.study.folds)
        found = [self.jobs[own] for name in names if (own := (rule, *([name] if name else []), *key)) in self.jobs]
        return found or [self.job(rule, *key)]

    def phase(self, name: str) -> list[Job]:
        """All jobs of a phase; raises StudyError where there is no such phase."""
        if name not in PHASES:
            raise StudyError(f"no phase {name!r}", where="PHASE", fix=f"one of: {', '.join(PHASES)}")
        return self._phases[name]

    def targets(self) -> list[str]:
        """What the whole study comes to: the figures, the report and every index."""
        return [path for phase in PHASES for path in self.phase_targets(phase)]

    def phase_targets(self, phase: str) -> list[str]:
        """What a phase comes to: its indexes, of every fold where there are folds; of the last two, all they write."""
        own = self._phases[phase]
        last = [job for job in own if self.rules[job.rule].maker == INDEX or (job.rule == phase and phase in LAST)]
        return [job.outputs[name].as_posix() for job in last for name in self.rules[job.rule].outputs]

    @cached_property
    def _phases(self) -> dict[str, list[Job]]:
        found: dict[str, list[Job]] = defaultdict(list)
        for job in self.jobs.values():
            found[job.phase].append(job)
        return found
