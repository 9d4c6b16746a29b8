"""TOML in the subset that the core reads."""

from __future__ import annotations

from collections.abc import Mapping

TomlTables = Mapping[str, Mapping[str, str | int | float | bool]]


def to_toml(tables: TomlTables) -> str:
    """Write tables of plain values in the subset of TOML that the core reads."""
    lines: list[str] = []
    for table, values in tables.items():
        if table:
            lines += ["", f"[{table}]"]
        lines += [f"{key} = {_toml_value(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _toml_value(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(map(_toml_character, value)) + '"'
    return repr(value)


def _toml_character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    is_control = character < " " or character == "\x7f"
    return f"\\u{ord(character):04x}" if is_control else character
