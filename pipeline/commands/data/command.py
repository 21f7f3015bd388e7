"""``synpriv data``: the public data sets that ``synpriv init --data NAME`` knows."""

import textwrap
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.table import Column, Table

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.sets import SETS, find_set

WIDE = 100  # columns of text
app = typer.Typer(add_completion=False, help="Public data sets by name.")


@app.command("list")
def list_sets() -> None:
    """Every data set that 'synpriv init DIR --data NAME --slides FOLDER' turns into a slide sheet."""
    name = Column("name", no_wrap=True)  # it is to be typed
    table = Table(name, "what", "images", "size", Column("licence", overflow="fold"), "patients known?")
    for found in SETS.values():
        table.add_row(found.name, found.what, found.images, found.size, found.licence, found.patients)
    Console(highlight=False).print(table)


@app.command()
def show(name: str) -> None:
    """What to download, how it must lie, its official split, its traps, and what of this was verified."""
    typer.echo(sheet_of(find_set(name)))


def sheet_of(found: DataSet) -> str:
    """All that is known of a data set, as text."""
    facts = {"images": found.images, "size": found.size, "licence": found.licence, "patients": found.patients}
    parts = [
        f"{found.name}: {found.what}",
        "\n".join(_wrapped(f"{key:9} ", value) for key, value in facts.items()),
        _listed("Download", found.downloads),
        "\n".join(["Layout", *(f"  {line}" for line in found.layout)]),
        _listed("Official split", [found.split]),
        _listed("Traps", found.traps),
        _listed("Verified on the files", found.verified),
        _listed("Not verified", found.unverified),
        _listed("Sources", found.sources),
        f"synpriv init DIR --data {found.name} --slides FOLDER      # study: {found.study}",
    ]
    return "\n\n".join(part for part in parts if part)


def _listed(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(_wrapped("  - ", line) for line in lines)]) if lines else ""


def _wrapped(before: str, text: str) -> str:
    after = " " * len(before)
    return textwrap.fill(text, WIDE, initial_indent=before, subsequent_indent=after, break_on_hyphens=False)
