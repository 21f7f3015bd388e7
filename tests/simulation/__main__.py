"""How often intervals hold the truth, and how often a null is called better: ``python -m tests.simulation``."""

from dataclasses import replace

import typer

from tests.simulation.studies import METRICS, Layout, coverage, verdicts

STUDIES = 400
SIZES = ((4, 3), (6, 5), (9, 3), (9, 5), (15, 5), (26, 5))
VARIES = {
    "patients": {"by_patient": 0.4, "by_seed": 0.05, "by_draw": 0.05},
    "both": {},
    "seeds": {"by_patient": 0.1, "by_seed": 0.3, "by_draw": 0.05},
    "draws": {"by_patient": 0.1, "by_seed": 0.05, "by_draw": 0.3},
}


def main() -> None:
    typer.echo(f"| patients, seeds | what varies | {' | '.join(METRICS)} | called better |")
    typer.echo("|---" * (3 + len(METRICS)) + "|")
    for patients, seeds in SIZES:
        for what, spreads in VARIES.items():
            layout = replace(Layout(patients, seeds), **spreads)
            held = coverage(layout, STUDIES, 0)
            better = verdicts(layout, STUDIES, 1)
            cells = [f"{held[metric]:.3f}" for metric in METRICS] + [f"{better:.3f}"]
            typer.echo(f"| {patients}, {seeds} | {what} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
