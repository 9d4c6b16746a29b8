"""``dslite recipe``."""

from __future__ import annotations

import click

from dslite.cli.common.base import Command, show
from dslite.cli.common.options import RECIPE_METAVAR
from dslite.util.recipe_file import read_recipe


@click.command(cls=Command)
@click.argument("source", metavar=f"[{RECIPE_METAVAR}]", required=False)
def recipe(source: str | None) -> None:
    """Print a recipe with all of its keys: the paper's, a preset, or one from a file made complete.

    \b
    Example:
      dslite recipe whisper > mine.toml
    """
    show(read_recipe(source).to_toml().rstrip())
