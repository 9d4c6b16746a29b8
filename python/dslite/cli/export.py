"""``dslite export``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from dslite.cli.base import Command, finish, say
from dslite.cli.showing import show
from dslite.training.bundle.convert import QUANTIZATIONS
from dslite.util.progress import show_progress


@click.command(cls=Command)
@click.argument("run", type=click.Path(file_okay=False, path_type=Path))
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
    type=click.Path(dir_okay=False, path_type=Path),
    help="The model file to write.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Add class maps as a second output of the network, so that every answer can be explained, on the "
    "board, too.",
)
def export(run: Path, quantize: str, output: Path, explain: bool) -> None:
    """Convert the network of a finished training again, smaller or in integers, for slower boards.

    RUN is the folder that `dslite train --run` wrote. What comes out is measured on the same test part,
    so that the price is known.

    \b
    Example:
      dslite export runs/esc10 --quantize int8 -o esc10-int8.tflite
    """
    from dslite.training.export import export as export_run

    quantize = "float32" if quantize == "none" else quantize
    command = shlex.join(["dslite", *sys.argv[1:]])
    with show_progress() as bars:
        done, evaluation = export_run(run, output, quantize, command, bars, explain)
    show(evaluation)
    before = (done.path / "model.tflite").stat().st_size
    say(f"wrote {output} ({output.stat().st_size / 1e6:.1f} MB; the run's own model: {before / 1e6:.1f} MB)")
    count = len(evaluation.predictions["file"].unique()) + len(evaluation.failures)
    finish(evaluation.failures, count)
