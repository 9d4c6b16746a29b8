"""``dslite demo``."""

from __future__ import annotations

from pathlib import Path

import click

from dslite.cli.common.base import Command, write_line
from dslite.util.progress import show_progress


@click.command(cls=Command)
@click.option(
    "-o",
    "--output",
    default="dslite-demo",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to fill.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="The seed of the sounds, the split and the network's weights.",
)
def demo(output: Path, seed: int) -> None:
    """Go the whole way on sounds made up here: no download, no data, about a minute.

    Synthesises four kinds of sound, trains a small model, answers for held-out clips by the native
    core, and leaves the model, a confusion matrix and a picture per class in a folder.

    \b
    Example:
      dslite demo -o dslite-demo
    """
    from dslite.cli.common.showing import show
    from dslite.demo.run import commands, run

    with show_progress() as bars:
        done = run(output, seed, bars)
    show(done.evaluation)
    pictures = ", ".join(sorted(path.name for path in output.glob("*.png")))
    write_line(f"\nIn {output}: {done.model.name}, {pictures}")
    write_line("\nThe same with your own recordings, one folder per class instead of these:\n")
    for command in commands(done):
        write_line(f"  {command}")
