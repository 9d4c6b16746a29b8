"""Figures as files: PNG, PDF or SVG by the file's name, the same bytes for the same picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dslite import Error
from dslite.util.atomic import replacing

FORMATS = ("png", "pdf", "svg")
#: Dots per inch of PNG files.
DPI = 120
#: What each format would note of the time and matplotlib's version.
_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None},
}


def format_of(path: Path) -> str:
    """The format that a file's name asks for.

    Raises:
        Error: its suffix is none of .png, .pdf and .svg.
    """
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise Error(f"{path}: '{path.suffix}' is no format for pictures; expected .png, .pdf or .svg")
    return suffix


def save(figure: Any, path: Path) -> None:
    """Draw a ``matplotlib.figure.Figure``, without a display, into a file that appears whole.

    Raises:
        Error: an unknown suffix, or the file cannot be written.
    """
    from matplotlib import rc_context

    kind = format_of(path)
    with rc_context({"svg.hashsalt": "dslite", "pdf.fonttype": 42}), replacing(path) as file:
        figure.savefig(file, format=kind, dpi=DPI, metadata=_METADATA[kind])


def plain(text: str, most: int = 0) -> str:
    """Text that matplotlib does not read as mathematics; its middle is cut out beyond ``most`` characters."""
    if most and len(text) > most:
        head = most // 2
        text = f"{text[:head]}…{text[len(text) - (most - head - 1) :]}"
    return text.replace("$", r"\$")
