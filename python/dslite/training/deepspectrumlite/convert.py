"""DeepSpectrumLite's configuration as an experiment of dslite, and what changes its meaning on the way.

Its ``hp_config.json`` gives a list of values for each key, and every combination is a run; so do the
lists of an experiment. Facts about DeepSpectrumLite are of its version 1.0.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dslite import Recipe
from dslite.training.augment.settings import Augmentation
from dslite.training.deepspectrumlite.config import (
    ALWAYS,
    OTHERS,
    SAME,
    TABLES,
    Config,
    Imported,
    Value,
)
from dslite.training.deepspectrumlite.rules import RULES
from dslite.util.recipe_file import with_changes
from dslite.util.text import shorten


def convert(config: Config, classes: Mapping[str, Any] | None = None) -> Imported:
    """Convert a configuration; ``classes`` is what its ``class_config.json`` holds.

    Raises:
        ValueError: values of the wrong kind, or a grid that cannot be one grid here.
    """
    made = Imported({table: dict(ALWAYS.get(table, {})) for table in TABLES})
    checked: Config = {key: [default] for key, (_, default) in OTHERS.items() if default is not None}
    for key, values in config.items():
        if key in SAME:
            table, name, converter = SAME[key]
            made.put(table, name, *_converted(key, values, converter))
        elif key in OTHERS:
            checked[key] = _converted(key, values, OTHERS[key][0])
    for rule in RULES:
        rule(made, checked, config)
    _tell_classes(made, classes or {})
    if unknown := sorted(set(config) - set(SAME) - set(OTHERS)):
        made.notes.append(f"unknown, left out: {shorten(unknown, 20)}")
    made.settings = {table: keys for table, keys in made.settings.items() if keys}
    _check(made)
    return made


def _converted(key: str, values: Iterable[Value], converter: Callable[[Value], Value]) -> list[Value]:
    converted = []
    for value in values:
        try:
            converted.append(converter(value))
        except ValueError as expected:
            raise ValueError(f"{key}: {json.dumps(value)} given, expected {expected}") from None
    return converted


def _tell_classes(made: Imported, classes: Mapping[str, Any]) -> None:
    renamed = [f"{key} → {name}" for key, name in classes.items() if key != name]
    if renamed and not made.get("data", "targets"):
        made.notes.append(
            f"class_config: the model answers with the label table's own words, not {shorten(renamed)}"
        )
    if len(classes) > 1 and made.get("data", "targets"):
        made.notes.append(f"class_config: {len(classes)} values; name their columns in data.targets")


def _check(made: Imported) -> None:
    """Have the recipe and the augmentation of every combination checked by those who will read them."""
    tables = {name: keys for name, keys in made.settings.items() if name.startswith("recipe.")}
    names = [(table.removeprefix("recipe."), key) for table, keys in tables.items() for key in keys]
    for chosen in itertools.product(*(values for keys in tables.values() for values in keys.values())):
        changes: dict[str, dict[str, Value]] = {}
        for (table, key), value in zip(names, chosen, strict=True):
            changes.setdefault(table, {})[key] = value
        with_changes(Recipe.preset("deepspectrumlite"), changes)
    augmentation = made.settings.get("augmentation", {})
    for chosen in itertools.product(*augmentation.values()):
        Augmentation(**dict(zip(augmentation, chosen, strict=True)))  # type: ignore[arg-type]


def to_toml(made: Imported, title: str, data: Mapping[str, str]) -> str:
    """Write the experiment, its notes as comments; ``data`` fills its table ``data``."""
    lines = [f"# {title}", "#", *(f"# - {note}" for note in made.notes), "", "[data]"]
    for key in ("audio", "labels"):
        lines.append(f"{key} = {_toml(data[key])}" if key in data else f'# {key} = "…"')
    lines += [f"{key} = {_values(values)}" for key, values in made.settings.get("data", {}).items()]
    for table, keys in made.settings.items():
        if table == "data":
            continue
        lines += ["", f"[{table}]", *(f"{key} = {_values(values)}" for key, values in keys.items())]
    return "\n".join(lines) + "\n"


def _values(values: list[Value]) -> str:
    return _toml(values[0]) if len(values) == 1 else f"[{', '.join(map(_toml, values))}]"


def _toml(value: Value) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else repr(value)
