"""``synpriv compare``: the gains of several finished studies side by side."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.compare.finished import Asked, Finished
from pipeline.commands.compare.table import table, turning
from pipeline.core.errors import StudyError

app = typer.Typer(add_completion=False)


@app.command()
def compare(
    studies: Annotated[list[Path], typer.Argument(metavar="STUDY", help="Folders of studies that were run.")],
    name: Annotated[list[str] | None, typer.Option(help="What a study is called; one for each.")] = None,
    arm: Annotated[list[str] | None, typer.Option(help="Whose gains; may be repeated. Default: all arms.")] = None,
    against: Annotated[str | None, typer.Option(help="Over what; default: the baseline of the study.")] = None,
    task: Annotated[str | None, typer.Option(help="In which task; default: all.")] = None,
    metric: Annotated[str | None, typer.Option(help="Such as few/auroc; default: the one that reports judge.")] = None,
) -> None:
    """Prints the gains of several studies as one table in Markdown, and says what turns from one to another."""
    asked = Asked(arm or (), against, task, metric)
    gains = [gain for study in _named(studies, name or []) for gain in study.gains(asked)]
    for line in (*table(gains), "", turning(gains)):
        typer.echo(line)


def _named(folders: list[Path], names: list[str]) -> list[Finished]:
    """The studies by the names that were given, by those of their folders, or, where these are the same, by paths."""
    if names and len(names) != len(folders):
        message = f"{len(names)} names of {len(folders)} studies"
        raise StudyError(message, where="--name", fix="give each study one, in their order, or none")
    own = [folder.resolve().name for folder in folders]
    chosen = names or (own if len(set(own)) == len(own) else list(map(str, folders)))
    if len(set(chosen)) < len(chosen):
        raise StudyError("two studies have the same name", where="--name", fix="name each study once, and differently")
    return [Finished(folder, name) for folder, name in zip(folders, chosen, strict=True)]
