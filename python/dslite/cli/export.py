"""``dslite export``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from dslite import Error
from dslite.cli.base import Command, finish, say
from dslite.cli.showing import show
from dslite.training.bundle.convert import QUANTIZATIONS
from dslite.util.progress import results, show_progress

if TYPE_CHECKING:
    from dslite.training.exporting.candidate import Candidate


@click.command(cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--quantize",
    type=click.Choice((*QUANTIZATIONS, "none")),
    default="int8",
    show_default=True,
    help="The numbers of the network: float32 (or none) as it was trained, float16 halves its size, dynamic "
    "stores weights in 8 bits, int8 computes in 8 bits throughout, input and scores included.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The model file to write.",
)
@click.option(
    "--max-loss",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    metavar="POINTS",
    help="Write nothing if more points of UAR (of values: hundredths of CCC) are lost, per file or chunk.",
)
@click.option("--force", is_flag=True, help="Write the file whatever is lost.")
@click.option(
    "--explain",
    is_flag=True,
    help="Add class maps as a second output of the network, so that every answer can be explained, on the "
    "board, too.",
)
def export(run: Path, quantize: str, output: Path, max_loss: float, force: bool, explain: bool) -> None:
    """Convert the network of a finished training again, smaller or in integers, for slower boards.

    RUN is the folder that `dslite train --run` wrote. What comes out and the run's own model answer for
    the same test part; what the conversion costs is shown and written on the card, and where that is more
    than --max-loss, nothing is written.

    \b
    Example:
      dslite export runs/esc10 --quantize int8 -o esc10-int8.tflite
    """
    from dslite.training.exporting.candidate import Wish, make
    from dslite.training.exporting.source import Source

    quantize = "float32" if quantize == "none" else quantize
    wish = Wish(quantize, max_loss, force, explain, shlex.join(["dslite", *sys.argv[1:]]))
    with show_progress() as bars:
        made = make(Source(run, bars), output, wish, bars)
    _show(made)
    if not made.written:
        raise Error(f"{output}: not written: {made.refusal}; --force writes it all the same")
    if made.refusal:
        say(f"dslite: {made.refusal}; written by --force")
    say(f"wrote {output} ({output.stat().st_size / 1e6:.1f} MB)")
    if made.evaluation is not None:
        count = len(made.evaluation.answers.files) + len(made.evaluation.failures)
        finish(made.evaluation.failures, count)


def _show(made: Candidate) -> None:
    if made.evaluation is not None:
        show(made.evaluation)
    table = Table(title=f"{made.quantize} against the run's own model")
    for name in ("", "own", made.quantize, "difference"):
        table.add_column(name, justify="left" if not name else "right")
    for row in made.rows():
        table.add_row(*row)
    results().print(table)
    if made.loss is not None:
        results().print(made.loss.agreement_text())
