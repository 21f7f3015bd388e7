"""The ``synpriv`` command: one subcommand per phase, loaded when it is asked for."""

import errno
import sys
from importlib import import_module
from typing import Any, NoReturn

import typer
from rich.markup import escape
from typer.core import TyperGroup

from pipeline.core.console import console
from pipeline.core.errors import SynprivError
from pipeline.core.phases import PHASES

COMMANDS = {
    **{phase: f"pipeline.{phase}.command" for phase in PHASES},
    "init": "pipeline.commands.init",
    "data": "pipeline.commands.data.command",
    "check": "pipeline.commands.check.command",
    "embed": "pipeline.commands.embed.command",
    "heatmap": "pipeline.commands.heatmap.command",
    "apply": "pipeline.commands.apply.command",
    "export": "pipeline.commands.export.command",
    "tune": "pipeline.commands.tune",
    "compare": "pipeline.commands.compare.command",
    "sync": "pipeline.commands.sync",
    "index": "pipeline.commands.index",
    "evict": "pipeline.commands.evict",
}


UNWRITABLE = {
    errno.ENOSPC: "free space, or move the study to a larger disk",
    errno.EDQUOT: "free space, or ask for a larger quota",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f)",
    errno.EROFS: "move the study to a disk that can be written",
    errno.EEXIST: "move away the file that stands where a folder belongs",
    errno.ENOTDIR: "move away the file that stands where a folder belongs",
    errno.EACCES: "give yourself permission (chmod, chown)",
    errno.EPERM: "give yourself permission (chmod, chown)",
}


class Lazy(TyperGroup):
    """Imports a subcommand's module only when it runs: ``synpriv tile`` loads no network code."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(COMMANDS[cmd_name]).app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Lazy, add_completion=False, help="From whole-slide images to encoders that know more than the slide shows."
)


@app.callback()
def synpriv() -> None:
    """From whole-slide images to encoders that know more than the slide shows."""


def main() -> None:
    """Runs the command; a user's mistake, or a disk that refuses, is one screen on stderr and exit status 2."""
    try:
        app()
    except SynprivError as error:
        _fail(error)
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        where = str(error.filename or "the disk")
        _fail(SynprivError(error.strerror or str(error), where=where, fix=UNWRITABLE[error.errno]))


def _fail(error: SynprivError) -> NoReturn:
    console.print(f"[bold red]synpriv:[/] {escape(str(error))}")
    sys.exit(2)
