"""What was chosen in each training, as rows for tables: the settings, their scores, the time that it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from statistics import fmean
from typing import Any

from dslite.training.metrics.measures import Measure, read_measures
from dslite.training.runs.reader import Run
from dslite.training.runs.selection import Selection
from dslite.util.progress import duration

HEADER = ("run", "chosen", "inner", "test part", "choosing", "in all")


def choice_rows(runs: Mapping[str, Run]) -> Iterator[tuple[str, ...]]:
    """A row per run for ``HEADER``; of several runs their means at the end."""
    scores: list[tuple[float, float]] = []
    seconds: list[tuple[float, float]] = []
    for name, run in runs.items():
        selection = run.selection()
        if selection is None:
            continue
        outer = outer_measure(run, selection)
        seconds.append((selection.seconds, selection.seconds + run.facts["seconds"]))
        scores.append((selection.best.mean, outer.value or 0.0))
        inner = selection.measure.write(selection.best.mean)
        yield name, selection.best.name, inner, outer.text(), *map(duration, seconds[-1])
        kind = selection.measure
    if len(scores) > 1:
        means = (kind.write(fmean(column)) for column in zip(*scores, strict=True))
        yield "mean; sum of times", "", *means, *(duration(sum(one)) for one in zip(*seconds, strict=True))


def outer_measure(run: Run, selection: Selection) -> Measure:
    """The measure of the test part that the settings were chosen by within; of several targets the mean."""
    return [one for one in read_measures(run.metrics["per_file"]) if one.key == selection.kind][-1]


def choices(runs: Mapping[str, Run]) -> dict[str, Any] | None:
    """What the report shows of choices: a sentence, a row per run, and of a single run every candidate."""
    selections = {name: found for name, run in runs.items() if (found := run.selection()) is not None}
    if not selections:
        return None
    first = next(iter(selections.values()))
    what = f"groups of '{first.column}'" if first.column else "single files"
    how = f"one inner split of the training part, which holds out {what}"
    if first.splits > 1:
        how = f"{first.splits} inner splits of the training part, each of which holds out other {what}"
    text = (
        f"Chosen among {len(first.tried)} settings by {first.measure.name} per file on {how}; the test part "
        "took no part in it. Between the inner score and its own lies what choosing flatters, and what the "
        "groups differ."
    )
    several = len(selections) > 1
    return {
        "text": text,
        "header": HEADER,
        "rows": list(choice_rows(runs)),
        "tried_header": (
            "settings",
            f"inner {first.measure.title}",
            "SD",
            "time",
            "chosen in" if several else "",
        ),
        "tried": list(_tried_rows(list(selections.values()))),
    }


def _tried_rows(selections: list[Selection]) -> Iterator[tuple[str, ...]]:
    """A row per candidate: its mean over the choices, and how often it was chosen."""
    count = Counter(one.chosen for one in selections)
    for index, tried in enumerate(selections[0].tried):
        every = [one.tried[index] for one in selections]
        means = [one.mean for one in every if one.scores and not one.error]
        kind, deviation = selections[0].measure, every[0].deviation if len(every) == 1 else None
        score = kind.write(fmean(means)) if means else tried.error
        chosen = f"{count[index]} of {len(selections)}" if len(every) > 1 else "chosen" * count[index]
        yield tried.name, score, kind.write(deviation), duration(sum(one.seconds for one in every)), chosen
