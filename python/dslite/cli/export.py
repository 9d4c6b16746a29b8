"""``dslite export``."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from dslite import Error
from dslite.cli.common.base import Command, finish, say
from dslite.cli.common.showing import show
from dslite.training.bundle.convert import CALIBRATIONS, QUANTIZATIONS
from dslite.util.progress import results, show_progress

if TYPE_CHECKING:
    from dslite.training.exporting.candidate import Candidate, Wish


def _sizes(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[int, ...]:
    """The numbers of a list such as 224,160, each once."""
    words = [word.strip() for word in text.split(",")] if text is not None else []
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise click.BadParameter(f"'{text}' given, expected widths in pixels, such as 224,160")
    return tuple(dict.fromkeys(map(int, words)))


@click.command(cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--quantize",
    type=click.Choice((*QUANTIZATIONS, "none")),
    help="The numbers of the network: float32 (or none) as it was trained, float16 halves its size, dynamic "
    "stores weights in 8 bits, int8 computes in 8 bits throughout, input and scores included.  "
    "[default: int8; float16 for mobilenet_v3_small]",
)
@click.option(
    "--calibration",
    type=click.Choice(CALIBRATIONS),
    help="The ranges of int8: minmax from the least to the most value of any picture, percentile without the "
    "thousandth of each picture's values at either end.  [default: minmax]",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The model file to write, or with --all the folder.",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Export in every precision, each run where RUN is the folder of a grid, and write report.html "
    "beside the models.",
)
@click.option(
    "--sizes",
    callback=_sizes,
    metavar="PIXELS[,PIXELS]",
    help="The widths of pictures, such as 224,160,128,96, that --all trains RUN for, too, and exports. The "
    "trainings are kept below the folder of the models, and not repeated.",
)
@click.option(
    "--budget-ms",
    type=click.FloatRange(min=0, min_open=True),
    help="The most milliseconds that a chunk may take here, on one thread: --all names the best within it.",
)
@click.option(
    "--budget-kb",
    type=click.FloatRange(min=0, min_open=True),
    help="The most kilobytes that a model may have: --all names the best within it.",
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
@click.option(
    "--no-golden",
    is_flag=True,
    help="Leave out the golden clip, by which dslite verify finds a machine that computes otherwise; its "
    "values are a megabyte and more of a file for long chunks.",
)
def export(
    run: Path,
    quantize: str | None,
    calibration: str | None,
    output: Path,
    every: bool,
    sizes: tuple[int, ...],
    budget_ms: float | None,
    budget_kb: float | None,
    max_loss: float,
    force: bool,
    explain: bool,
    no_golden: bool,
) -> None:
    """Convert the network of a finished training again, smaller or in integers, for slower boards.

    RUN is the folder that `dslite train --run` wrote. What comes out and the run's own model answer for
    the same test part; what the conversion costs is shown and written on the card, and where that is more
    than --max-loss, nothing is written.

    \b
    Example:
      dslite export runs/esc10 --quantize int8 -o esc10-int8.tflite
      dslite export runs/esc10 --all --budget-ms 20 --budget-kb 1000 -o exports
      dslite export runs/grid --all --sizes 224,160,128,96 -o exports
    """
    if not every and (sizes or budget_ms is not None or budget_kb is not None):
        raise click.UsageError("--sizes, --budget-ms and --budget-kb go with --all")
    if every and quantize is not None:
        raise click.UsageError("--quantize names one precision, and --all takes each")
    from dslite.training.exporting.candidate import Wish

    quantize = "float32" if quantize == "none" else quantize
    command = shlex.join(["dslite", *sys.argv[1:]])
    wish = Wish(quantize or "int8", max_loss, force, explain, not no_golden, calibration or "minmax", command)
    if every:
        _export_all(run, output, wish, sizes, budget_ms, budget_kb)
        return
    _export_one(run, output, wish, quantize is None, calibration)


def _export_one(run: Path, output: Path, wish: Wish, by_backbone: bool, calibration: str | None) -> None:
    """Convert to one precision: the one wished for, or the backbone's own."""
    from dslite.training.exporting.candidate import default_precision, make
    from dslite.training.exporting.source import Source

    with show_progress() as bars:
        source = Source(run, bars)
        wish = replace(wish, quantize=default_precision(source.backbone)) if by_backbone else wish
        if calibration is not None and wish.quantize != "int8":
            raise click.UsageError(f"--calibration is of int8; the network is converted to {wish.quantize}")
        made = make(source, output, wish, bars)
    _show(made)
    if not made.written:
        raise Error(f"{output}: not written: {made.refusal}; --force writes it all the same")
    if made.refusal:
        say(f"dslite: {made.refusal}; written by --force")
    say(f"wrote {output} ({output.stat().st_size / 1e6:.1f} MB)")
    if made.evaluation is not None:
        count = len(made.evaluation.answers.files) + len(made.evaluation.failures)
        finish(made.evaluation.failures, count)


def _export_all(
    run: Path,
    folder: Path,
    wish: Wish,
    sizes: tuple[int, ...],
    budget_ms: float | None,
    budget_kb: float | None,
) -> None:
    from dslite.training.exporting.choice import best
    from dslite.training.exporting.every import make_all
    from dslite.training.exporting.overview import rows, write_overview

    with show_progress() as bars:
        made, failures = make_all(run, folder, wish, sizes, bars)
    total = len(made) + len(failures)
    if not made:
        finish(failures, total, "exports")
    header, lines = rows(made)
    table = Table()
    for name in header:
        table.add_column(name, justify="right" if name else "left")
    for line in lines:
        table.add_row(*line)
    results().print(table)
    chosen = best(made, budget_ms, budget_kb)
    choice = f"The best that fits: {chosen.output.name}." if chosen else "None of them fits."
    write_overview(folder / "report.html", f"Exports of {run.resolve().name}", made, choice)
    for one in made:
        if one.refusal:
            say(f"dslite: {one.output.name}: {one.refusal}")
    say(f"wrote {sum(one.written for one in made)} models and {folder / 'report.html'}")
    if chosen is None:
        for failure in failures:
            say(f"dslite: {failure.message}")
        raise Error(f"{run}: no export fits --budget-ms, --budget-kb and --max-loss")
    results().print(choice)
    finish(failures, total, "exports")


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
