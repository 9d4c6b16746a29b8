"""``dslite info``."""

from __future__ import annotations

from pathlib import Path

import click

from dslite import Error, Model
from dslite._dslite import read_bundle
from dslite.cli.base import Command, show
from dslite.cli.options import EXISTING_FILE


@click.command(cls=Command)
@click.argument("model", type=EXISTING_FILE)
def info(model: Path) -> None:
    """Show what is in MODEL: versions, labels, recipe, sizes, card, and what would run it here.

    \b
    Example:
      dslite info esc10.tflite
    """
    entries = read_bundle(str(model))
    bundled = sum(map(len, entries.values()))
    size = model.stat().st_size
    _section("model.toml", entries.get("model.toml"))
    _section("labels", entries.get("labels.txt"))
    _section("recipe", entries.get("recipe.toml"))
    show(f"# sizes\n\n{'network':<24}{size - bundled:>10} bytes")
    for name, data in entries.items():
        show(f"{name:<24}{len(data):>10} bytes")
    show(f"\n# runtime\n\n{_runtime(model)}\n")
    if "card.md" in entries:
        _section("card", entries["card.md"])


def _section(title: str, content: bytes | None) -> None:
    text = content.decode("utf-8", "replace").strip() if content is not None else "(missing)"
    show(f"# {title}\n\n{text}\n")


def _runtime(path: Path) -> str:
    try:
        return Model(path).runtime
    except Error as error:
        return f"does not run here: {error}"
