"""Folds, and seeds, as one run: all answers, each by a network that was not trained on its file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dslite import Error
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.metrics.predictions import Answers
from dslite.training.runs.compare import Entry
from dslite.training.runs.reader import Run
from dslite.util.text import shorten


@dataclass(frozen=True)
class CrossValidation(Run):
    """The folds and seeds of a folder as one run, which ``write_report`` takes; it has no learning curves."""

    entry: Entry

    def predictions(self) -> pd.DataFrame:
        """The tables of all folds, one below the other.

        Raises:
            Error: one is missing or damaged.
        """
        return pd.concat([run.predictions() for run in self.entry.runs], ignore_index=True)

    def parts(self) -> dict[str, dict[str, int]]:
        """How many files of each label were tested, in all folds together."""
        counts: Counter[str] = Counter()
        for run in self.entry.by_seed[0]:
            counts.update(run.parts().get("test", {}))
        return {"test, all folds": dict(counts)}

    def answers(self) -> Answers:
        """The answers of all folds and seeds.

        Raises:
            Error: a table of predictions is missing or damaged.
        """
        return self.entry.answers()


def pooled(entry: Entry) -> CrossValidation:
    """Put the folds and seeds of an entry together.

    Raises:
        Error: a single run, a predictions.csv that is missing or damaged, or folds of other labels.
    """
    if not entry.is_several:
        raise Error(f"{entry.name}: one run, expected folds or seeds")
    first = entry.runs[0]
    metrics = Evaluation.of(entry.answers(), []).to_json()
    facts = first.facts | {
        "seconds": sum(run.facts["seconds"] for run in entry.runs),
        "started": min(run.facts["started"] for run in entry.runs),
        "failures": _failures(entry.runs),
        "warnings": [*filter(None, [entry.gap]), *_warnings(entry)],
    }
    path = Path(entry.name)
    return CrossValidation(path, facts, first.config_text, first.recipe_text, [], metrics, entry)


def _warnings(entry: Entry) -> list[str]:
    """What the runs were warned of, each with the runs that it is of."""
    runs: dict[str, list[str]] = {}
    for run in entry.runs:
        for text in run.facts["warnings"]:
            runs.setdefault(text, []).append(str(run.path.relative_to(entry.name)))
    return [f"{shorten(names)}: {text}" for text, names in runs.items()]


def _failures(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Recordings left out, each once however many folds missed it."""
    return list({failure["file"]: failure for run in runs for failure in run.facts["failures"]}.values())
