"""Two runs on the same files: is one better, or was it luck?

Compared file by file, a file's scores being the mean of its chunks': the runs may cut chunks
differently. Files that only one run answered are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from dslite import Error
from dslite.training.metrics.bootstrap import (
    Estimate,
    Measure,
    Weights,
    estimate,
    everyone,
    mean_over_seeds,
    rounded,
)
from dslite.training.metrics.predictions import Answers
from dslite.util.text import shorten


@dataclass(frozen=True)
class Difference:
    """A measure of two runs on the shared files, and second minus first with its 95 % interval.

    The runs are resampled together, so that files that are hard for both do not blur the difference:
    an interval without 0 in it speaks for one of the runs.
    """

    first: float
    second: float
    difference: Estimate


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test (1947): of the files that one run alone has right, is one run's share larger?

    ``p`` is two-sided, from the binomial distribution with probability ½.
    """

    only_first_right: int
    only_second_right: int
    p: float


@dataclass(frozen=True)
class Comparison:
    """Two runs compared on ``files`` shared files; ``left_out`` is how many only one of them answered.

    ``measures`` has accuracy, uar, macro_f1 and auc of classes, or mae, rmse and ccc of values: the
    mean over the targets, and of several each one as ``mae:TARGET``. ``mcnemar`` is of classes only.
    """

    files: int
    left_out: int
    measures: Mapping[str, Difference]
    mcnemar: McNemar | None

    def to_json(self) -> dict[str, Any]:
        """The same as plain values, for ``json.dump``."""
        measures = {
            name: {
                "first": rounded(one.first),
                "second": rounded(one.second),
                "difference": rounded(one.difference.value),
                "interval": one.difference.interval(),
            }
            for name, one in self.measures.items()
        }
        mcnemar = None if self.mcnemar is None else {**vars(self.mcnemar), "p": rounded(self.mcnemar.p)}
        return {"files": self.files, "left_out": self.left_out, "measures": measures, "mcnemar": mcnemar}


def compare(first: Sequence[Answers], second: Sequence[Answers], seed: int = 0) -> Comparison:
    """Compare the answers of two runs, of each its seeds one by one, on the files that all answered.

    Of several seeds the measures are means over the seeds, a resample draws seeds as well as files, and
    there is no McNemar test.

    Raises:
        Error: no file is in both, or the runs differ in task, in labels, or in what is true of a file.
    """
    runs = [[seed_answers.per_file() for seed_answers in run] for run in (first, second)]
    one, other = runs[0][0], runs[1][0]
    if (one.task, set(one.labels)) != (other.task, set(other.labels)):
        raise Error(
            f"the runs answer different questions: {one.task.name} {shorten(one.labels)} "
            f"and {other.task.name} {shorten(other.labels)}"
        )
    shared = sorted(set.intersection(*(set(answers.files) for run in runs for answers in run)))
    if not shared:
        raise Error(f"no file is in both runs: {shorten(one.files)}; {shorten(other.files)}")
    left_out = len(one.files) + len(other.files) - 2 * len(shared)
    runs = [[_only(answers.reordered(one.labels), shared) for answers in run] for run in runs]
    for answers in (answers for run in runs for answers in run):
        _check_truth(runs[0][0], answers)
    measures = _differences(runs[0], runs[1], seed)
    single = one.task.exclusive and len(first) == len(second) == 1
    return Comparison(len(shared), left_out, measures, _mcnemar(runs[0][0], runs[1][0]) if single else None)


def compare_chunks(first: Answers, second: Answers, seed: int = 0) -> dict[str, Difference]:
    """The same chunk by chunk, of two models that answered for the same chunks; whole files are resampled.

    Raises:
        Error: the chunks, the labels or what is true of them are not the same.
    """
    second = second.reordered(first.labels)
    if first.files != second.files or not np.array_equal(first.file_of, second.file_of):
        raise Error("the models answered for different chunks, expected the same of both")
    _check_truth(first, second)
    return _differences([first], [second], seed)


def _only(answers: Answers, files: list[str]) -> Answers:
    rows = np.searchsorted(np.asarray(answers.files), files)
    everyone = np.arange(len(files), dtype=np.intp)
    truth, scores, spans_s = answers.truth[rows], answers.scores[rows], answers.spans_s[rows]
    return Answers(answers.task, answers.labels, tuple(files), everyone, truth, scores, spans_s)


def _check_truth(one: Answers, other: Answers) -> None:
    equal = one.truth == other.truth if one.task.exclusive else np.isclose(one.truth, other.truth).all(axis=1)
    if (odd := np.flatnonzero(~equal)).size:
        raise Error(f"the runs disagree about what is true of {shorten(one.files[row] for row in odd)}")


def _differences(first: Sequence[Answers], second: Sequence[Answers], seed: int) -> dict[str, Difference]:
    functions = [[answers.function() for answers in run] for run in (first, second)]
    draw, file_of = np.random.default_rng((seed, 1)), first[0].file_of
    one, other = (mean_over_seeds(run) for run in functions)
    drawn = _minus(*(mean_over_seeds(run, draw) for run in functions))
    values, values_second = (mean(everyone(len(file_of))) for mean in (one, other))
    estimates = estimate(drawn, file_of, seed, whole=_minus(one, other))
    return {
        name: Difference(float(values[name][0]), float(values_second[name][0]), found)
        for name, found in estimates.items()
    }


def _minus(first: Measure[str], second: Measure[str]) -> Measure[str]:
    """Second minus first."""

    def difference(weights: Weights) -> dict[str, npt.NDArray[np.float64]]:
        subtract = first(weights)
        return {name: value - subtract[name] for name, value in second(weights).items()}

    return difference


def _mcnemar(one: Answers, other: Answers) -> McNemar:
    right, right_too = (answers.scores.argmax(axis=1) == answers.truth for answers in (one, other))
    first, second = int((right & ~right_too).sum()), int((right_too & ~right).sum())
    p = float(binomtest(first, first + second).pvalue) if first + second else 1.0
    return McNemar(first, second, p)
