"""One training, from its label table to its model: which files, which settings, and where all of it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dslite.training.data.split import Split
from dslite.training.experiment import Experiment


@dataclass(frozen=True)
class Candidate:
    """Settings to choose among others: a name in words, what sets them apart, and all of them."""

    name: str
    settings: Mapping[str, Any]
    experiment: Experiment


@dataclass(frozen=True)
class Choice:
    """Several settings of which one is chosen by inner splits of the training part.

    ``column`` is the one whose whole groups the inner splits hold out, "" where they hold out single files.
    """

    candidates: tuple[Candidate, ...]
    splits: tuple[Split, ...]
    column: str = ""


@dataclass(frozen=True)
class Job:
    """A training that is to be done.

    ``output`` is the model file, ``folder`` the run folder, None for none. ``name`` sets the job apart from
    others of a grid or a cross-validation, ``fold`` is the fold that it tests, "" outside a cross-validation.
    ``command`` is for the card and the run. ``resume`` goes on with the run that is in ``folder``.
    ``said`` are warnings that need not be said again.
    With a ``choice`` the experiment is not settled yet: it is one of its candidates, chosen first.
    """

    split: Split
    experiment: Experiment
    output: Path
    command: str = "dslite train"
    name: str = ""
    fold: str = ""
    folder: Path | None = None
    resume: bool = False
    choice: Choice | None = None
    said: tuple[str, ...] = ()

    @property
    def paths(self) -> list[Path]:
        """The recordings of all its parts."""
        return list(self.split.whole.paths)
