"""What the rule files ask of the plan: the inputs, outputs and params of every rule, by name."""

from collections.abc import Callable, Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pipeline.core.job import Job
from pipeline.engine.agent import require_devices
from pipeline.engine.closure import digest_code
from pipeline.engine.command import argument
from pipeline.engine.launch import ranks_of, require_nodes
from pipeline.engine.plan import Plan
from pipeline.engine.recipe import made_with, recipe_path
from pipeline.study.folds import placed

ByKey = Callable[[Any], Any]  # of a job's wildcards
FOLD = "fold"


class Rules:
    """The rules of a study, as Snakemake takes them.

    Args:
        plan: Of the study.
        ancient: Marks an input whose date says nothing: ``snakemake.io.ancient``.
    """

    def __init__(self, plan: Plan, ancient: Callable[[str], str]) -> None:
        self.plan, self.ancient = plan, ancient

    @classmethod
    @cache  # Snakemake runs what several rule files include once for each
    def here(cls, ancient: Callable[[str], str]) -> "Rules":
        """The rules of the study in the current folder; raises SynprivError where it is not valid."""
        return cls(Plan.here(), ancient)

    @property
    def folded(self) -> bool:
        """Whether the study has folds."""
        return bool(self.plan.study.folds)

    def constraints(self) -> dict[str, str]:
        """A regular expression for each wildcard; short, for Snakemake searches it anew for every file."""
        rules = self.plan.rules.values()
        manifests = [Path(rule.outputs["manifest"]) for rule in rules]
        found = {wildcard: _pattern(wildcard, manifests) for rule in rules for wildcard in rule.wildcards}
        return found | ({FOLD: r"fold-\d+"} if self.folded else {})

    def inputs(self, rule: str) -> dict[str, ByKey]:
        """Name to the file, or files of a group, that the job of ``rule`` reads; none where it has no such input."""
        return {name: self._input(rule, name) for name in self.plan.rules[rule].inputs}

    def outputs(self, rule: str, **marks: Callable[[str], str]) -> dict[str, str]:
        """Name to pattern of what the jobs of ``rule`` write, sidecars first; ``marks`` are put on outputs by name."""
        written = {name: self._pattern(pattern) for name, pattern in self.plan.rules[rule].outputs.items()}
        manifest = written.pop("manifest")
        sidecars = {"manifest": manifest, "recipe": recipe_path(Path(manifest)).as_posix()}
        return {name: marks.get(name, str)(pattern) for name, pattern in {**sidecars, **written}.items()}

    def log(self, rule: str) -> str:
        """Pattern of the log of a rule's jobs."""
        return f"logs/{self._named(rule)}.log"

    def benchmark(self, rule: str) -> str:
        """Pattern of the time and memory that a rule's jobs took."""
        return f"benchmarks/{self._named(rule)}.tsv"

    def spec(self, rule: str) -> ByKey:
        """The job of ``rule`` as the command's ``--spec``."""
        return lambda wildcards: argument(self.plan.job(rule, *wildcards))

    def devices(self, rule: str) -> ByKey:
        """How many devices a job of ``rule`` takes, on each of its nodes."""
        return lambda wildcards: ranks_of(self.plan.job(rule, *wildcards))[0]

    def nodes(self, rule: str) -> ByKey:
        """How many machines a job of ``rule`` takes."""
        return lambda wildcards: ranks_of(self.plan.job(rule, *wildcards))[1]

    def require_devices(self, made: Iterable[str]) -> None:
        """Raises StudyError where jobs that are to run on this machine ask for more devices than it has, or for others.

        Args:
            made: Files that are to be made.
        """
        files = set(made)
        asked = [ranks_of(job) for job in self.plan.jobs.values() if job.manifest.as_posix() in files]
        require_devices(max((devices for devices, _ in asked), default=1))
        require_nodes(max((nodes for _, nodes in asked), default=1))

    def code(self, rule: str) -> ByKey:
        """The digest of the code that can act on the product."""
        return lambda wildcards: digest_code(self.plan.job(rule, *wildcards).code.values())

    def _input(self, rule: str, name: str) -> ByKey:
        def files(wildcards: Any) -> str | list[str]:
            job = self.plan.job(rule, *wildcards)
            if name in job.inputs:
                return self._dated(job, job.inputs[name])
            return [path.as_posix() for path in job.groups.get(name, {}).values()]

        return files

    def _pattern(self, pattern: str) -> str:
        """What Snakemake writes to, with a wildcard for the fold where there are folds."""
        return placed(Path(pattern), f"{{{FOLD}}}").as_posix() if self.folded else pattern

    def _named(self, rule: str) -> str:
        """The rule and its wildcards, as a path."""
        found = self.plan.rules[rule]
        folded = self._pattern(found.outputs["manifest"]) != found.outputs["manifest"]
        return "/".join([rule, *(f"{{{name}}}" for name in ([FOLD] if folded else []) + list(found.wildcards))])

    def _dated(self, job: Job, path: Path) -> str:
        """A path, without its date where a checkpoint made it just as it was when the job's product was made.

        Snakemake asks again once the checkpoint has run; only then does it know what came out.
        """
        settled = path in self._checkpoints and made_with(job, path)
        return self.ancient(path.as_posix()) if settled else path.as_posix()

    @cached_property
    def _checkpoints(self) -> frozenset[Path]:
        rules = self.plan.rules
        return frozenset(job.manifest for job in self.plan.jobs.values() if rules[job.rule].checkpoint)


def _pattern(wildcard: str, manifests: list[Path]) -> str:
    """Matches any name but those of the pipeline's own manifests in the wildcard's folders, and of recipes."""
    folders = {path.parent for path in manifests if path.stem == f"{{{wildcard}}}"}
    taken = "|".join(sorted({path.stem for path in manifests if path.parent in folders and "{" not in path.name}))
    return rf"(?!(?:{taken})(?:\.recipe)?\.json$)[^/]+(?<!\.recipe)"
