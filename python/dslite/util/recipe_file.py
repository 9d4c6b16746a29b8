"""Recipes read from files."""

from __future__ import annotations

from pathlib import Path

from dslite import Error, Recipe


def read_recipe(path: Path | None) -> Recipe:
    """Read a recipe, or take the default one where ``path`` is None.

    Raises:
        Error: the file is no recipe; the message names it, the line and what was expected.
    """
    if path is None:
        return Recipe()
    try:
        return Recipe.from_toml(path.read_text(encoding="utf-8"))
    except ValueError as error:  # UnicodeDecodeError is one
        raise Error(f"{path}: {error}") from error
