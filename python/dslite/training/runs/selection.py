"""selection.json: which settings were chosen by inner splits, among which, and what that cost."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from dslite import Error
from dslite.training.job import Choice
from dslite.training.metrics.kinds import KINDS, Kind
from dslite.training.runs.files import SELECTION
from dslite.training.runs.split_table import split_text
from dslite.util.atomic import replacing


@dataclass
class Tried:
    """Settings that were tried: their score on each inner split so far, how long that took, or an error."""

    name: str
    settings: dict[str, Any]
    scores: list[float] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""

    @property
    def mean(self) -> float:
        """The mean score of the inner splits; −∞ where there is none."""
        return fmean(self.scores) if self.scores and not self.error else -math.inf

    @property
    def deviation(self) -> float | None:
        """The standard deviation (n − 1) between the inner splits, None of a single one."""
        return stdev(self.scores) if len(self.scores) > 1 else None


@dataclass
class Selection:
    """A choice, finished or not; ``chosen`` is the index of what was chosen, −1 as long as nothing is.

    ``kind`` is the key of the measure, per file, ``column`` the one whose groups were held out ("": files),
    ``digest`` the hash of all settings and splits.
    """

    digest: str
    kind: str
    splits: int
    column: str
    tried: list[Tried]
    chosen: int = -1

    @classmethod
    def of(cls, choice: Choice) -> Selection:
        """One in which nothing was tried yet."""
        tried = [Tried(one.name, dict(one.settings)) for one in choice.candidates]
        kind = "uar" if choice.splits[0].train.task.exclusive else "ccc"
        return cls(_digest(choice), kind, len(choice.splits), choice.column, tried)

    @property
    def measure(self) -> Kind:
        """The measure that it was chosen by."""
        return KINDS[self.kind]

    @property
    def best(self) -> Tried:
        """What was chosen."""
        return self.tried[self.chosen]

    @property
    def seconds(self) -> float:
        """How long all of it took."""
        return sum(one.seconds for one in self.tried)

    def settle(self) -> None:
        """Choose the highest mean, of equals the first.

        Raises:
            Error: none could be trained.
        """
        scores = [one.mean for one in self.tried]
        if max(scores) == -math.inf:
            raise Error(f"none of {len(self.tried)} settings could be trained; {self.tried[0].error}")
        self.chosen = scores.index(max(scores))

    def write(self, folder: Path) -> None:
        """Write it into a run folder.

        Raises:
            Error: it cannot be written.
        """
        with replacing(folder / SELECTION) as file:
            file.write(json.dumps(asdict(self), indent=1).encode())


def read_selection(folder: Path) -> Selection | None:
    """Read the choice of a run, None where nothing was chosen.

    Raises:
        Error: the file is damaged.
    """
    path = folder / SELECTION
    if not path.exists():
        return None
    try:
        values: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Selection(**{**values, "tried": [Tried(**one) for one in values["tried"]]})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Error(f"{path}: not a choice of settings: {error}") from error


def _digest(choice: Choice) -> str:
    texts: Sequence[str] = [one.experiment.to_toml() for one in choice.candidates]
    texts = [*texts, *(split_text(split) for split in choice.splits)]
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()
