"""``dslite info``."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dslite import Error, Model
from dslite._dslite import read_bundle
from dslite.cli.common.base import Command, show, write_line
from dslite.cli.common.options import EXISTING_FILE

if TYPE_CHECKING:
    from dslite.network import NetworkCosts


@click.command(cls=Command)
@click.argument("model", type=EXISTING_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, without the card.")
def info(model: Path, as_json: bool) -> None:
    """Show what is in MODEL: versions, labels, recipe, what the network costs, card, and what runs it here.

    \b
    Example:
      dslite info esc10.tflite
    """
    entries = read_bundle(str(model))
    costs, note = _costs(model)
    network = model.stat().st_size - sum(map(len, entries.values()))
    sizes = {"network": network, **{name: len(data) for name, data in entries.items()}}
    if as_json:
        write_line(json.dumps(_plain(entries, costs, sizes, _runtime(model)), ensure_ascii=False))
        return
    _section("model.toml", entries.get("model.toml"))
    _section("labels", entries.get("labels.txt"))
    _section("recipe", entries.get("recipe.toml"))
    show(f"# network\n\n{_text(costs) if costs else note}\n")
    show("# sizes\n\n" + "\n".join(f"{name:<24}{size:>10} bytes" for name, size in sizes.items()))
    show(f"\n# runtime\n\n{_runtime(model)}\n")
    if "card.md" in entries:
        _section("card", entries["card.md"])


def _costs(path: Path) -> tuple[NetworkCosts | None, str]:
    """What the network costs, or why that is not known."""
    from dslite.network import network_costs

    try:
        return network_costs(path.read_bytes()), ""
    except ModuleNotFoundError as error:
        return None, f"not shown: the package ai-edge-litert, which describes networks, is missing ({error})"
    except Error as error:
        return None, f"not shown: {error}"


def _text(costs: NetworkCosts) -> str:
    ends = [
        (name, f"{one.type} {' × '.join(map(str, one.shape))}")
        for name, several in (("input", costs.inputs), ("output", costs.outputs))
        for one in several
    ]
    rows = [
        ("parameters", f"{costs.parameters:,}"),
        ("multiply-accumulates", f"{costs.multiply_accumulates:,} a chunk"),
        ("values held at once", f"{costs.activation_bytes:,} bytes at most, which is the least of an arena"),
        *ends,
        ("operators", ", ".join(f"{count} {kind}" for kind, count in costs.operators.items())),
    ]
    return "\n".join(f"{name:<24}{value}" for name, value in rows)


def _plain(
    entries: dict[str, bytes], costs: NetworkCosts | None, sizes: dict[str, int], runtime: str
) -> dict[str, Any]:
    def table(name: str) -> dict[str, Any]:
        return tomllib.loads(entries[name].decode()) if name in entries else {}

    return {
        "model": table("model.toml"),
        "labels": entries.get("labels.txt", b"").decode("utf-8", "replace").splitlines(),
        "recipe": table("recipe.toml"),
        "network": costs.to_json() if costs else None,
        "sizes": sizes,
        "runtime": runtime,
    }


def _section(title: str, content: bytes | None) -> None:
    text = content.decode("utf-8", "replace").strip() if content is not None else "(missing)"
    show(f"# {title}\n\n{text}\n")


def _runtime(path: Path) -> str:
    try:
        return Model(path).runtime
    except Error as error:
        return f"does not run here: {error}"
