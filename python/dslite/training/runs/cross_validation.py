"""A cross-validation as one run: the answers of all folds, each by the network that did not see its file."""

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


@dataclass(frozen=True)
class CrossValidation(Run):
    """The folds of a folder as one run, which ``write_report`` takes; it has no learning curves."""

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
        for run in self.entry.runs:
            counts.update(run.parts().get("test", {}))
        return {"test, all folds": dict(counts)}


def pooled(entry: Entry) -> CrossValidation:
    """Put the folds of a cross-validation together.

    Raises:
        Error: a single run, a predictions.csv that is missing or damaged, or folds of other labels.
    """
    if not entry.is_folds:
        raise Error(f"{entry.name}: one run, expected the folds of a cross-validation")
    first = entry.runs[0]
    metrics = Evaluation.of(Answers.joined([run.answers() for run in entry.runs]), []).to_json()
    facts = first.facts | {
        "seconds": sum(run.facts["seconds"] for run in entry.runs),
        "started": min(run.facts["started"] for run in entry.runs),
        "failures": _failures(entry.runs),
        "warnings": [f"{run.name}: {text}" for run in entry.runs for text in run.facts["warnings"]],
    }
    path = Path(entry.name)
    return CrossValidation(path, facts, first.config_text, first.recipe_text, [], metrics, entry)


def _failures(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Recordings left out, each once however many folds missed it."""
    return list({failure["file"]: failure for run in runs for failure in run.facts["failures"]}.values())
