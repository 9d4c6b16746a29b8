"""inspect.html: what is known of a data set on one page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from dslite.util.atomic import replacing
from dslite.util.text import printable, utf8


def write_page(path: Path, context: Mapping[str, Any]) -> None:
    """Write the page.

    Args:
        context: ``name``; ``tables`` of summary.Table; lines ``overview``, ``notes``, ``under_recipe`` and
            ``failures``; ``recipe_name``, and the ``proposal`` in TOML or "".

    Raises:
        Error: it cannot be written.
    """
    style = (files("dslite.training.runs") / "report.css").read_text(encoding="utf-8")
    source = (files("dslite.training.inspection") / "inspect.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, finalize=_finalized, keep_trailing_newline=True
    )
    page = environment.from_string(source).render(context, style=Markup(style))
    with replacing(path) as file:
        file.write(utf8(page))


def _finalized(value: Any) -> Any:
    """A name may hold control characters, which are no HTML."""
    return value if isinstance(value, Markup) else printable(str(value), "\n")
