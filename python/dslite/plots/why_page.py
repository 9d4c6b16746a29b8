"""Explanations as one HTML page that needs nothing beside it, no network either."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import jinja2

from dslite.plots.why import Explained, png_of
from dslite.util.atomic import replacing


def write_page(path: Path, title: str, explained: Sequence[tuple[Path, Explained]]) -> None:
    """Write a page with a picture and a line for each chunk, and each recording's name above its chunks.

    Raises:
        Error: the file cannot be written.
    """
    clips: dict[str, list[dict[str, str]]] = {}
    for file, one in explained:
        view, chunk, explanation = one
        image = "data:image/png;base64," + base64.b64encode(png_of(one)).decode()
        words = explanation.words(view.spans_s[chunk][0])
        clips.setdefault(str(file), []).append({"image": image, "words": words})
    template = (files("dslite.plots") / "why.html.j2").read_text(encoding="utf-8")
    page = jinja2.Environment(autoescape=True).from_string(template).render(title=title, clips=clips)
    with replacing(path) as file_:
        file_.write(page.encode("utf-8", "backslashreplace"))
