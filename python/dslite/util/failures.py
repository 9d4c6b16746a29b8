"""Files that were left out, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Failure:
    """A recording that could not be read; ``message`` is one line that names it."""

    path: Path
    message: str
