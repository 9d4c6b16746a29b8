"""``dslite plot``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from dslite import Error, FrontEnd, read_audio
from dslite.cli.common.base import Command, say
from dslite.cli.common.options import EXISTING_FILE, NEW_FILE, RECIPE_HELP, RECIPE_METAVAR
from dslite.plots.png import encode, sheet
from dslite.plots.saving import format_of
from dslite.plots.views import View, chunk_rows, empty_bands
from dslite.util.atomic import replacing
from dslite.util.recipe_file import read_recipe

#: More chunks than these make no legible figure.
MOST_CHUNKS = 12


@click.command(cls=Command)
@click.argument("file", type=EXISTING_FILE)
@click.option(
    "--recipe",
    "recipes",
    multiple=True,
    metavar=RECIPE_METAVAR,
    help=RECIPE_HELP.replace("  [", " Give several to see them side by side.  ["),
)
@click.option(
    "--chunk", type=click.IntRange(min=0), help="Which chunk of the clip to draw, from 0.  [default: all]"
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=NEW_FILE,
    help="The picture to write, its format by its name: .png, .pdf or .svg.",
)
def plot(file: Path, recipes: tuple[str, ...], chunk: int | None, output: Path) -> None:
    """Draw the pictures that a network sees of FILE, with their axes, below its waveform.

    \b
    Example:
      dslite plot clip.flac -o picture.png
      dslite plot clip.flac --recipe mine.toml --recipe whisper -o both.pdf
    """
    kind = format_of(output)
    views = [_view(file, source) for source in recipes or (None,)]
    most = max(len(view.spans_s) for view in views)
    if most <= (chunk or 0):
        raise Error(f"{file}: --chunk {chunk or 0} given, but the recipe cuts {most} chunks of it")
    chunks = chunk_rows(views, chunk, MOST_CHUNKS)
    if chunk is None and most > len(chunks):
        say(f"dslite: {file}: {most} chunks, of which the first {len(chunks)} are drawn; see --chunk")
    try:
        from dslite.plots.clip import save_clip
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        _save_bare(output, kind, views, chunks)
    else:
        save_clip(output, file.name, views, chunks)
    say(f"wrote {output}")


def _view(file: Path, source: str | None) -> View:
    front = FrontEnd(read_recipe(source))
    name = Path(source).stem if source else "the paper's"
    if count := empty_bands(front.recipe):
        say(
            f"dslite: recipe {name}: {count} of {front.recipe.mel.bands} mel bands hold no FFT bin, and are "
            "black lines; expected fewer bands or a longer FFT"
        )
    audio = front.recipe.audio
    return View(name, front, read_audio(file, audio.sample_rate_hz, audio.channel))


def _save_bare(output: Path, kind: str, views: Sequence[View], chunks: Sequence[int]) -> None:
    """Without matplotlib: the pixels, no axes."""
    if kind != "png":
        raise Error(
            f"{output}: .{kind} needs matplotlib; get it by pip install '.[train]' in dslite's folder, "
            "or write a .png, which will have no axes"
        )
    with replacing(output) as out:
        out.write(encode(sheet(views, chunks)))
    say("dslite: drawn without axes, which need matplotlib: pip install '.[train]' in dslite's folder")
