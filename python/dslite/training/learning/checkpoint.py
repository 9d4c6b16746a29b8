"""The state of a training on disk, so that a killed one continues to the weights it would have had."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite import Error
from dslite.util.atomic import replacing

Arrays = list[npt.NDArray[Any]]

#: A checkpoint is as large as the network and its optimizer, and a kill costs what is younger than one.
SECONDS_BETWEEN = 10.0


@dataclass(frozen=True)
class State:
    """How far a training has come: ``epoch`` epochs of stage ``stage`` are done.

    ``best`` is the lowest loss on the validation part so far, ``best_of_stage`` the lowest of the
    stage, and ``waited`` the epochs since that.
    """

    stage: int = 0
    epoch: int = 0
    best: float = float("inf")
    waited: int = 0
    best_of_stage: float = float("inf")


@dataclass(frozen=True)
class Saved:
    """A checkpoint: the network's variables, its optimizer's, and the weights of the best epoch.

    The variables include the states of the random number generators inside the network; those of
    batches and augmentation follow from seed, epoch and step.
    """

    state: State
    network: Arrays
    optimizer: Arrays
    best: Arrays


class Checkpoint:
    """The one file that holds the last state; a new one replaces it whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._saved = time.monotonic()

    def due(self) -> bool:
        """Whether the last one is old enough for another to be worth its time."""
        return time.monotonic() - self._saved >= SECONDS_BETWEEN

    def save(self, saved: Saved) -> None:
        """Write a checkpoint.

        Raises:
            Error: it cannot be written, a full disk among the reasons; the one before it is kept.
        """
        groups = {"network": saved.network, "optimizer": saved.optimizer, "best": saved.best}
        entries: dict[str, Any] = {
            f"{name}{i}": array for name, group in groups.items() for i, array in enumerate(group)
        }
        entries["state"] = np.frombuffer(json.dumps(asdict(saved.state)).encode(), np.uint8)
        with replacing(self.path) as file:
            np.savez(file, **entries)
        self._saved = time.monotonic()

    def load(self) -> Saved | None:
        """Read the checkpoint; None where there is none yet.

        Raises:
            Error: the file is damaged.
        """
        if not self.path.exists():
            return None
        try:
            with np.load(self.path) as file:
                state = State(**json.loads(file["state"].tobytes()))
                groups = [_group(file, name) for name in ("network", "optimizer", "best")]
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise Error(
                f"{self.path}: not a checkpoint, or a damaged one; delete it to begin anew"
            ) from error
        return Saved(state, *groups)

    def remove(self) -> None:
        """Delete it, when the model it led to is written."""
        self.path.unlink(missing_ok=True)


def _group(file: Any, name: str) -> Arrays:
    count = sum(key.startswith(name) for key in file.files)
    return [file[f"{name}{index}"] for index in range(count)]


def values(variables: Sequence[Any]) -> Arrays:
    """Copies of Keras variables."""
    return [np.array(variable) for variable in variables]


def assign(variables: Sequence[Any], arrays: Arrays, path: Path) -> None:
    """Give Keras variables the values they had.

    Raises:
        Error: they are another network's.
    """
    shapes = [tuple(variable.shape) for variable in variables]
    if shapes != [array.shape for array in arrays]:
        raise Error(f"{path}: a checkpoint of another network; delete it to begin anew")
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
