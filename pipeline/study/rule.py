"""A rule: what its jobs write, where, and whose code makes it. Jobs differ by their key."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.job import Job

INDEX = "pipeline.core.index:make_index"


@dataclass(frozen=True)
class Rule:
    """A rule of the workflow; Snakemake knows it by the same name.

    Args:
        name: Of the rule.
        phase: It belongs to.
        maker: ``package.module:function`` that makes the product.
        outputs: Files that every job writes, ``manifest`` among them: patterns with the wildcards in braces.
        payload: Patterns of what lies beside them: stores and folders, and files that not every job writes.
        inputs: Names of the inputs, and of the groups of inputs, that its jobs may have.
        checkpoint: Its product often comes out the same: jobs that read it are looked at again once it is made.
    """

    name: str
    phase: str
    maker: str
    outputs: Mapping[str, str]
    payload: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    checkpoint: bool = False

    @property
    def wildcards(self) -> tuple[str, ...]:
        """Names of the parts of a key, in order."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.outputs["manifest"]) if name)

    def manifest(self, *key: str) -> Path:
        """``X.json`` of the job with this key."""
        return self._path(self.outputs["manifest"], key)

    def job(
        self,
        *key: str,
        inputs: Mapping[str, Path | None] | None = None,
        groups: Mapping[str, Mapping[str, Path]] | None = None,
        code: Mapping[str, str] | None = None,
        spec: Json | None = None,
    ) -> Job:
        """The job with this key; inputs that are None are left out."""
        return Job(
            phase=self.phase,
            rule=self.name,
            key=key,
            code={"maker": self.maker, **(code or {})},
            inputs={name: path for name, path in (inputs or {}).items() if path is not None},
            outputs={name: self._path(pattern, key) for name, pattern in {**self.outputs, **self.payload}.items()},
            spec=spec or {},
            groups=groups or {},
        )

    def _path(self, pattern: str, key: tuple[str, ...]) -> Path:
        return Path(pattern.format(**dict(zip(self.wildcards, key, strict=True))))


def check_name(name: str, wildcard: str, rule: Rule, rules: Iterable[Rule], where: str) -> Iterator[StudyError]:
    """The mistake of a name that another file of the pipeline bears.

    Args:
        name: The value of a wildcard.
        wildcard: Which.
        rule: Whose files are named by it.
        rules: Of the phase.
        where: It is named.
    """
    folder = rule.outputs["manifest"].partition("{" + wildcard + "}")[0]
    patterns = [pattern for r in rules for pattern in (*r.outputs.values(), *r.payload.values())]
    fixed = (pattern.removeprefix(folder) for pattern in patterns if pattern.startswith(folder))
    taken = {place.partition("/")[0].partition(".")[0] for place in fixed if not place.startswith("{")}
    if name in taken:
        yield StudyError(f"name {name!r} is taken by the pipeline", where=where, fix="rename it")


def index_rule(phase: str, folder: str, **outputs: str) -> Rule:
    """The rule that lists a phase's members and prunes what no member owns."""
    files = {"manifest": f"{folder}/index.json", **outputs}
    return Rule(f"{phase}_index", phase, INDEX, files, inputs=("members", "kept"))


def index_job(rule: Rule, members: list[Job], kept: list[Job] | None = None, **spec: Json) -> Job:
    """The index of ``members``; ``kept`` jobs lie beside them and are no members, but stay."""
    groups = {"members": {"/".join(job.key): job.manifest for job in members}}
    if kept:
        groups["kept"] = {"/".join([job.rule, *job.key]): job.manifest for job in kept}
    return rule.job(groups=groups, spec=spec)
