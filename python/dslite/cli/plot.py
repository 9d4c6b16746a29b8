"""``dslite plot``."""

from __future__ import annotations

from pathlib import Path

import click

from dslite import Error, FrontEnd, read_audio
from dslite.cli.base import Command, say
from dslite.cli.options import EXISTING_FILE, NEW_FILE, recipe_option
from dslite.util.recipe_file import read_recipe


@click.command(cls=Command)
@click.argument("file", type=EXISTING_FILE)
@recipe_option
@click.option(
    "--chunk",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Which chunk of the clip to draw, from 0.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=NEW_FILE,
    help="The PNG to write.",
)
def plot(file: Path, recipe: Path | None, chunk: int, output: Path) -> None:
    """Draw the picture that a network sees of one chunk of FILE, with its axes.

    \b
    Example:
      dslite plot clip.flac -o picture.png
    """
    front = FrontEnd(read_recipe(recipe))
    audio = front.recipe.audio
    samples = read_audio(file, audio.sample_rate_hz, audio.channel)
    spans = front.spans(len(samples))
    if chunk >= len(spans):
        raise Error(f"{file}: --chunk {chunk} given, but the recipe cuts {len(spans)} chunks of it")

    from dslite.plots.clip import save_picture

    start_s = spans[chunk][0] / audio.sample_rate_hz
    save_picture(output, front, front.chunk(samples, chunk), start_s, title=file.name)
    say(f"wrote {output}")
