"""HTML pages that need nothing beside them, no network either: a template, filled, with one style for all."""

from __future__ import annotations

import base64
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from dslite.util.atomic import replacing
from dslite.util.text import printable, utf8


def write_page(path: Path, package: str, template: str, **context: Any) -> None:
    """Fill the template of that name in a package's folder, and write the page.

    Whatever a label or a name holds is escaped, control characters too; only ``Markup`` stands as it is. The
    template has ``style``, the text of page.css, besides the context.

    Raises:
        Error: the file cannot be written.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, finalize=_finalized, keep_trailing_newline=True
    )
    page = environment.from_string(text_of(package, template))
    style = Markup(text_of("dslite.util", "page.css"))
    with replacing(path) as file:
        file.write(utf8(page.render(context, style=style)))


def text_of(package: str, name: str) -> str:
    """The text of a file that lies in a package's folder."""
    return (files(package) / name).read_text(encoding="utf-8")


def data_uri(png: bytes) -> str:
    """A picture as the address that holds it whole."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _finalized(value: Any) -> Any:
    return value if isinstance(value, Markup) else printable(str(value), "\n")
