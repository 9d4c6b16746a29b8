"""``dslite figures``."""

from __future__ import annotations

from pathlib import Path

import click

from dslite.cli.common.base import Command, finish, say
from dslite.plots.saving import FORMATS


def _formats(_context: click.Context, _option: click.Parameter, text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    if not names or not set(names) <= set(FORMATS):
        raise click.BadParameter(
            f"'{text}' given, expected some of {', '.join(FORMATS)}, separated by commas"
        )
    return names


@click.command(cls=Command)
@click.argument("paths", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to fill; figures of an earlier time are replaced.",
)
@click.option(
    "--format",
    "formats",
    default="pdf",
    show_default=True,
    callback=_formats,
    metavar="FORMAT[,FORMAT]",
    help=f"The formats to draw each figure in: {', '.join(FORMATS)}.",
)
def figures(paths: tuple[Path, ...], output: Path, formats: tuple[str, ...]) -> None:
    """Draw the figures of a paper from finished trainings, and write their measures as a LaTeX table.

    For each RUN, or cross-validation with its folds pooled: learning curves; of classes the confusion
    matrix (counts and normalised), precision, recall and F1 per class, ROC and precision-recall curves,
    and reliability; of values truth against answer. For several: a forest plot of their measures, and
    of each one's difference from the first.

    \b
    Example:
      dslite figures runs/mobilenet runs/densenet -o figures --format pdf,png
    """
    from dslite.training.reports.figures import write_figures
    from dslite.training.runs.compare import against_first, find_entries

    entries, failures = find_entries(paths)
    against, reasons = against_first(entries)
    for reason in reasons:
        say(reason)
    output.mkdir(parents=True, exist_ok=True)
    written = list(write_figures(entries, against, output, formats))
    say(f"wrote {len(written)} files into {output}")
    finish(failures, len(failures) + sum(len(entry.runs) for entry in entries), "runs")
