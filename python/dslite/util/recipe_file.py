"""Recipes by the name of a file or of a preset."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dslite import Error, Recipe
from dslite.util.text import shorten


def with_changes(recipe: Recipe, changes: Mapping[str, Mapping[str, Any]]) -> Recipe:
    """``recipe.replace(**changes)``; raw values ask for no scaling of colours unless one is written.

    Raises:
        ValueError, TypeError: as ``Recipe.replace``.
    """
    tables = {table: dict(keys) for table, keys in changes.items()}
    if tables.get("picture", {}).get("colormap") == "none":
        tables.setdefault("tensor", {}).setdefault("scaling", "none")
    return recipe.replace(**tables)


def read_recipe(source: str | os.PathLike[str] | None) -> Recipe:
    """Read a recipe from a file (TOML), take a preset by its name, or the paper's where there is none.

    A file in this folder that has a preset's name is meant by ``./NAME``.

    Raises:
        Error: no such file or preset, or the file is no recipe; the message names it, the line and what
            was expected.
    """
    if source is None:
        return Recipe()
    if source in Recipe.preset_names():
        return Recipe.preset(os.fspath(source))
    path = Path(source)
    if not path.is_file():
        presets = shorten(Recipe.preset_names(), 20)
        raise Error(f"{path}: neither a file nor a preset of a recipe; the presets are {presets}")
    try:
        return Recipe.from_toml(path.read_text(encoding="utf-8"))
    except ValueError as error:  # UnicodeDecodeError is one
        raise Error(f"{path}: {error}") from error
