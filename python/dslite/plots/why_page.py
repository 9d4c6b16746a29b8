"""Explanations as one HTML page that needs nothing beside it, no network either."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dslite.plots.why import Explained, png_of
from dslite.util.page import data_uri, write_page


def write_why_page(path: Path, title: str, explained: Sequence[tuple[Path, Explained]]) -> None:
    """Write a page with a picture and a line for each chunk, and each recording's name above its chunks.

    Raises:
        Error: the file cannot be written.
    """
    clips: dict[str, list[dict[str, str]]] = {}
    for file, one in explained:
        view, chunk, explanation = one
        image = data_uri(png_of(one))
        words = explanation.words(view.spans_s[chunk][0])
        clips.setdefault(str(file), []).append({"image": image, "words": words})
    write_page(path, "dslite.plots", "why.html.j2", title=title, clips=clips)
