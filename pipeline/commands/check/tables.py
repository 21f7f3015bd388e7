"""What ``synpriv check`` found, as tables: on the screen and as CSV."""

from collections import defaultdict
from collections.abc import Mapping

from rich.filesize import decimal
from rich.markup import escape
from rich.table import Table

from pipeline.commands.check.estimate import Estimate
from pipeline.commands.check.inspection import Inspection
from pipeline.core.slides.slide import Slide

COLUMNS = (
    "slide", "path", "patient", "stain", "site", "split", "fit", "images", "mpp", "width", "height", "levels",
    "tiles", "tissue", "bytes", "stage", "error", "fix",
)  # fmt: skip

Slides = Mapping[str, Slide]
Found = Mapping[str, Inspection]


def cohort_table(slides: Slides, found: Found, estimate: Estimate) -> Table:
    """A line per stain, site and split; ``≤`` where a level to find tissue on is missing."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for name, slide in slides.items():
        groups[slide.stain, slide.site, slide.split].append(name)
    table = Table("stain", "site", "split", title="Cohort", show_footer=True)
    headings = ("patients", "slides", *(("fit", "about tiles", "about disk") if found else ()))
    for heading, total in zip(headings, _figures(slides, found, estimate, [*slides]), strict=True):
        table.add_column(heading, total, justify="right")
    table.columns[0].footer = "all"
    for group, names in sorted(groups.items()):
        table.add_row(*map(escape, group), *_figures(slides, found, estimate, names))
    return table


def _figures(slides: Slides, found: Found, estimate: Estimate, names: list[str]) -> list[str]:
    patients = {slides[name].patient_id for name in names}
    figures = [f"{len(patients):,}", f"{len(names):,}"]
    if not found:
        return figures
    fit = [found[name] for name in names if found[name].fit]
    most = "" if all(inspection.counted for inspection in fit) else "≤ "
    disk = decimal(int(sum(estimate.disk(*names).values())))
    return [*figures, f"{len(fit):,}", f"{most}{sum(inspection.tiles for inspection in fit):,}", f"{most}{disk}"]


def jobs_table(jobs: Mapping[str, int], estimate: Estimate) -> Table:
    """Jobs by phase, and the disk of tile stores; models and results are small beside them.

    Args:
        jobs: Phase to their number.
        estimate: Of the cohort.
    """
    disk = estimate.all()
    table = Table("phase", title="Jobs")
    for heading in ("jobs", *(("about disk",) if disk else ())):
        table.add_column(heading, justify="right")
    for phase, count in jobs.items():
        size = decimal(int(disk[phase])) if phase in disk else ""
        table.add_row(phase, f"{count:,}", *([size] if disk else []))
    return table


def slides_csv(slides: Slides, found: Found, estimate: Estimate) -> str:
    """A row per slide; facts of its first image."""
    import pandas as pd

    rows = []
    for name, slide in slides.items():
        inspection = found[name]
        row: dict[str, object] = {"slide": name, "path": slide.path, "patient": slide.patient_id, "stain": slide.stain}
        row |= {"site": slide.site, "split": slide.split, "fit": "yes" if inspection.fit else "no"}
        if inspection.images:
            first = inspection.images[0]
            row |= {"images": len(inspection.images), "mpp": f"{first.mpp:g}", "width": first.width}
            row |= {"height": first.height, "levels": first.levels}
        if inspection.fit:
            row |= {"tiles": inspection.tiles, "tissue": "counted" if inspection.counted else "unknown"}
            row["bytes"] = int(sum(estimate.disk(name).values()))
        rows.append(row | {"stage": inspection.stage, "error": inspection.error, "fix": inspection.fix})
    table = pd.DataFrame(rows, columns=COLUMNS, dtype=object)  # else missing numbers make floats of the others
    return table.to_csv(index=False, lineterminator="\n")
