"""Answers worth looking at: the worst mistakes, and right ones to compare them with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from dslite import Error, FrontEnd, Recipe, read_audio
from dslite.training.task import (
    ANSWER,
    SCORE_OF,
    TRUTH,
    TRUTH_OF,
    answered_outputs,
    task_of_predictions,
)

WRONG, RIGHT, RIGHT_PER_CLASS = 12, 12, 2


@dataclass(frozen=True)
class Example:
    """A chunk, what is true of it and what was answered, in words."""

    file: str
    start_s: float
    end_s: float
    truth: str
    answer: str


def choose(predictions: pd.DataFrame) -> tuple[list[Example], list[Example]]:
    """Choose (wrong, right) answers, a chunk per file.

    Wrong ones are sorted by how sure the network was. Right ones are the surest of each class. Of
    values, "wrong" are those furthest off in units of the truth's standard deviation, and "right"
    those nearest.
    """
    names = answered_outputs(predictions)
    if not task_of_predictions(predictions).exclusive:
        return _of_values(predictions, names)
    scores = predictions[[SCORE_OF + name for name in names]].to_numpy().max(axis=1)
    surest = predictions.iloc[np.argsort(-scores, kind="stable")]
    is_right = surest[ANSWER] == surest[TRUTH]
    wrong = surest[~is_right].drop_duplicates("file").head(WRONG)
    a_class = max(1, min(RIGHT_PER_CLASS, RIGHT // len(names)))
    right = surest[is_right].drop_duplicates("file").groupby(TRUTH).head(a_class)
    # Of each class one before any has two, then class by class.
    right = right.iloc[right.groupby(TRUTH).cumcount().argsort(kind="stable")].head(RIGHT)
    return _examples(wrong, _class_words), _examples(right.sort_values(TRUTH, kind="stable"), _class_words)


def _of_values(predictions: pd.DataFrame, names: list[str]) -> tuple[list[Example], list[Example]]:
    truth, answers = (predictions[[prefix + name for name in names]] for prefix in (TRUTH_OF, SCORE_OF))
    spread = truth.to_numpy().std(axis=0)
    errors = abs(answers.to_numpy() - truth.to_numpy()) / np.where(spread > 0, spread, 1)
    nearest = predictions.iloc[errors.mean(axis=1).argsort(kind="stable")]
    wrong = nearest[::-1].drop_duplicates("file")
    wrong = wrong.head(min(WRONG, len(wrong) // 2))
    right = nearest[~nearest["file"].isin(wrong["file"])].drop_duplicates("file").head(RIGHT)

    def words(row: pd.Series[object]) -> tuple[str, str]:
        true, answer = (
            ", ".join(f"{name} {row[prefix + name]:.3g}" for name in names) for prefix in (TRUTH_OF, SCORE_OF)
        )
        return true, answer

    return _examples(wrong, words), _examples(right, words)


def _class_words(row: pd.Series[object]) -> tuple[str, str]:
    """The true label and the answer, each with its score."""
    true, answer = (f"{row[key]} {row[SCORE_OF + str(row[key])]:.3f}" for key in (TRUTH, ANSWER))
    return true, answer


def _examples(rows: pd.DataFrame, words: Callable[[pd.Series[object]], tuple[str, str]]) -> list[Example]:
    return [
        Example(str(row["file"]), float(row["start"]), float(row["end"]), *words(row))
        for _, row in rows.iterrows()
    ]


class Recordings:
    """The recordings of a run, of which single chunks are read for their pictures and their sound.

    Both methods raise ``Error`` where the file cannot be read or has no chunk that starts there.
    """

    def __init__(self, audio_dir: Path, recipe: Recipe) -> None:
        self._folder, self.front = audio_dir, FrontEnd(recipe)

    def picture(self, file: str, start_s: float) -> npt.NDArray[np.float32]:
        """The core's picture of the chunk of a file that starts at so many seconds."""
        return self.front.picture(self.sound(file, start_s))

    def sound(self, file: str, start_s: float) -> npt.NDArray[np.float32]:
        """The samples of that chunk, mono, at the recipe's rate."""
        audio = self.front.recipe.audio
        samples = read_audio(self._folder / file, audio.sample_rate_hz, audio.channel)
        start = round(start_s * audio.sample_rate_hz)
        for index, (first, _) in enumerate(self.front.spans(len(samples))):
            if first == start:
                return self.front.chunk(samples, index)
        raise Error(f"{self._folder / file}: no chunk starts at {start_s:g} s")
