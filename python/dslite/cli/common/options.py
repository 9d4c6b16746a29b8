"""Options that several commands have, said in the same words everywhere."""

from __future__ import annotations

from pathlib import Path

import click

from dslite import Recipe

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)

threads_option = click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many threads the network runs on.",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="How many files are answered at the same time.  [default: the processors that may be used]",
)
runtime_option = click.option(
    "--runtime",
    metavar="FILE",
    help="The LiteRT or TensorFlow Lite library that runs the network.  [default: looked for here]",
)
RECIPE_METAVAR = "FILE|NAME"
RECIPE_HELP = (
    f"The recipe of the pictures: a file (TOML), or a preset ({', '.join(Recipe.preset_names())}).  "
    "[default: the paper's]"
)
recipe_option = click.option("--recipe", metavar=RECIPE_METAVAR, help=RECIPE_HELP)
file_column_option = click.option(
    "--file-column",
    metavar="COLUMN",
    help="The column that names the file, below the folder.  [default: filename, file or the like]",
)
label_column_option = click.option(
    "--label-column",
    metavar="COLUMN",
    help="The column that holds the label.  [default: label, class or the like]",
)
