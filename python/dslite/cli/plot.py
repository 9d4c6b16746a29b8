"""``dslite plot``."""

from __future__ import annotations

from pathlib import Path

import click

from dslite import Error, FrontEnd, read_audio
from dslite.cli.base import Command, say
from dslite.cli.data_options import EXISTING_FILE
from dslite.util.recipe_file import read_recipe


@click.command(cls=Command)
@click.argument("file", type=EXISTING_FILE)
@click.option("--recipe", type=EXISTING_FILE, help="The front end (TOML). [default: the paper's]")
@click.option("--chunk", type=click.IntRange(min=0), default=0, show_default=True, help="Which one.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
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

    from dslite.plots import save_picture

    start_s = spans[chunk][0] / audio.sample_rate_hz
    save_picture(output, front, front.chunk(samples, chunk), start_s, title=file.name)
    say(f"wrote {output}")
