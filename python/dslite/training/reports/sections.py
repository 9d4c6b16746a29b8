"""What the report shows, as plain values for its template: texts, numbers, data URIs."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite import Error, Recipe
from dslite.plots.png import encode, pixels_of
from dslite.plots.views import frequency_axis
from dslite.training.metrics.confusion import Confusion
from dslite.training.metrics.kinds import RECALL
from dslite.training.metrics.measures import Measure, read_measures
from dslite.training.metrics.predictions import Answers
from dslite.training.metrics.summary import Metrics, summary_cell
from dslite.training.reports.examples import Example, Recordings
from dslite.training.reports.maps import Maps, shaded
from dslite.training.runs.files import MISTAKES, PREDICTIONS
from dslite.util.page import data_uri

#: Files that are listed one by one, the worst of them first.
FILES_LISTED = 1000
#: Failures that are listed one by one.
FAILURES_LISTED = 200
#: More targets than these have no columns of their own in the table of files.
TARGET_COLUMNS = 3


def wav_uri(samples: npt.NDArray[np.float32], rate_hz: int) -> str:
    """Mono samples in −1…1 as a WAV of 16 bits within the page."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(np.rint(32767 * samples.clip(-1, 1)).astype("<i2").tobytes())
    return f"data:audio/wav;base64,{base64.b64encode(content.getvalue()).decode()}"


def card(measure: Measure) -> dict[str, Any]:
    """A measure as a card: its name, its figure, its interval, and a bar where it is in percent."""
    bar = None
    if measure.kind.in_percent and measure.interval and measure.value is not None:
        low, high = (100 * edge for edge in measure.interval)
        bar = {"low": f"{low:.1f}", "width": f"{high - low:.1f}", "value": f"{100 * measure.value:.1f}"}
    better = "" if measure.kind.higher_is_better else " (lower is better)"
    return {
        "name": measure.name + better,
        "text": measure.text(),
        "percent": measure.kind.in_percent,
        "interval": measure.interval_text(),
        "bar": bar,
    }


def explanation(per_file: Mapping[str, Any]) -> str:
    """What the figures are of."""
    text = f"Test part, {per_file['count']} files; a file's answer is the mean of its chunks'."
    if any(measure.interval for measure in read_measures(per_file)):
        text += " The ranges are 95 % intervals, by a bootstrap over the files."
    return text


def confusion_cells(whole: Confusion, most: int) -> dict[str, Any]:
    """The confusion matrix, of more than ``most`` classes those with the most mistakes."""
    shown = whole.reduced(most)
    is_reduced = len(shown.labels) < len(whole.labels)
    recalls = [RECALL.write(value) for value in shown.recall()]
    if is_reduced:
        recalls[-1] = "–"  # among the others mistakes are not seen
    rows = []
    for label, counts, recall in zip(shown.labels, shown.dense(), recalls, strict=True):
        total = int(counts.sum())
        shares = counts / max(total, 1)
        cells = [
            {
                "count": int(count),
                "share": f"{share:.3f}",
                "tone": "deep" if share > 0.5 else "" if count else "none",
            }
            for count, share in zip(counts, shares, strict=True)
        ]
        rows.append({"label": label, "cells": cells, "recall": recall, "count": total})
    note = f"The {most - 1} of {len(whole.labels)} classes with the most mistakes; all are in {MISTAKES}."
    return {"labels": shown.labels, "rows": rows, "note": note if is_reduced else ""}


def axes_of(recipe: Recipe) -> dict[str, Any]:
    """The frequency axis of the pictures, in percent of their height."""
    positions, texts, name = frequency_axis(recipe)
    ticks = [{"percent": f"{100 * p:.1f}", "text": t} for p, t in zip(positions, texts, strict=True)]
    return {"unit": "kHz" if "kHz" in name else name, "frequencies": ticks}


@dataclass(frozen=True)
class Illustrator:
    """Draws examples by the core, their axes in seconds and hertz, and may add their sound."""

    recordings: Recordings
    recipe: Recipe
    maps: Maps
    audio: bool = False

    def show(self, example: Example) -> dict[str, Any]:
        """A chunk's picture as a data URI, or why it is absent, with what is said below it."""
        image, why, sound, absent = "", "", "", ""
        try:
            pixels = pixels_of(self.recordings.picture(example.file, example.start_s))
            image = data_uri(encode(pixels))
            relevance = self.maps.of(example.file, example.start_s)
            if relevance is not None:
                why = data_uri(encode(shaded(pixels, relevance)))
            if self.audio:
                samples = self.recordings.sound(example.file, example.start_s)
                sound = wav_uri(samples, self.recipe.audio.sample_rate_hz)
        except Error as error:
            absent = str(error)
        seconds = float(self.recipe.chunk.seconds) or example.end_s - example.start_s
        times = [f"{example.start_s + share * seconds:.4g}" for share in (0, 0.25, 0.5, 0.75)]
        return {
            "image": image,
            "why": why,
            "sound": sound,
            "absent": absent,
            "times": [*times, f"{example.start_s + seconds:.4g} s"],
            "file": example.file,
            "span": f"{example.start_s:.2f} – {example.end_s:.2f} s",
            "tag": fill_of(self.recipe) if is_filled(self.recipe, example.start_s, example.end_s) else "",
            "truth": example.truth,
            "answer": example.answer,
        }


def class_maps(maps: Maps) -> list[dict[str, Any]]:
    """Of each class the mean picture of right answers, dark where nothing speaks for the class."""
    return [
        {"label": label, "image": data_uri(encode(shaded(picture, relevance))), "count": count}
        for label, (relevance, picture, count) in maps.classes.items()
    ]


def is_filled(recipe: Recipe, start_s: float, end_s: float) -> bool:
    """Whether the sound of a chunk is shorter than the chunk."""
    return bool(end_s - start_s < recipe.chunk.seconds - 0.5 / recipe.audio.sample_rate_hz)


def fill_of(recipe: Recipe) -> str:
    """How chunks that the sound does not fill are called."""
    return {"pad": "padded", "repeat": "repeated"}.get(recipe.chunk.tail, "short")


def file_table(answers: Answers, recipe: Recipe) -> dict[str, Any]:
    """A row per file, the worst first; of more than FILES_LISTED files those."""
    per_file = answers.per_file()
    count = np.bincount(answers.file_of, minlength=len(answers.files))
    filled = [is_filled(recipe, start, end) for start, end in answers.spans_s]
    filled_count = np.bincount(answers.file_of, weights=filled, minlength=len(answers.files)).astype(int)
    header, rows, order = (_class_rows if answers.task.exclusive else _value_rows)(per_file)
    chosen = order[:FILES_LISTED]
    note = "A click on a head sorts by it."
    if len(order) > FILES_LISTED:
        note += f" The worst {FILES_LISTED} of {len(order)} files; {PREDICTIONS} has all."
    return {
        "note": note,
        "header": ("file", *header, "chunks", fill_of(recipe)),
        "rows": [(answers.files[i], *rows[i], count[i], filled_count[i]) for i in chosen],
    }


Rows = tuple[tuple[str, ...], list[tuple[str, ...]], npt.NDArray[np.intp]]


def _class_rows(per_file: Answers) -> Rows:
    best = per_file.scores.argmax(axis=1)
    score_of_truth = per_file.scores[np.arange(len(best)), per_file.truth]
    labels = per_file.labels
    rows: list[tuple[str, ...]] = [
        ("right" if true == answer else "wrong", labels[true], labels[answer], f"{score:.3f}")
        for true, answer, score in zip(per_file.truth, best, score_of_truth, strict=True)
    ]
    order = np.lexsort((score_of_truth, best == per_file.truth))
    return ("answered", "true", "answer", "score of the true class"), rows, order


def _value_rows(per_file: Answers) -> Rows:
    errors = abs(per_file.scores - per_file.truth)
    spread = per_file.truth.std(axis=0)
    order = np.argsort(-(errors / np.where(spread > 0, spread, 1)).mean(axis=1), kind="stable")
    names = per_file.labels[:TARGET_COLUMNS]
    header = tuple(f"{name}, {what}" for name in names for what in ("true", "answer", "error"))
    rows: list[tuple[str, ...]] = [
        tuple(
            f"{number:.3f}"
            for target in range(len(names))
            for number in (truth[target], answer[target], error[target])
        )
        for truth, answer, error in zip(per_file.truth, per_file.scores, errors, strict=True)
    ]
    return header, rows, order


def group_table(column: str, measured: Sequence[tuple[str, Metrics]]) -> dict[str, Any]:
    """A row per group of files and target: how many files, and the measures with their intervals."""
    kinds = measured[0][1].kinds
    rows = [
        (f"{group} {target}".strip(), metrics.count, *map(summary_cell, kinds, estimates))
        for group, metrics in measured
        for target, estimates in metrics.rows()
    ]
    return {"column": column, "header": (column, "files", *(kind.title for kind in kinds)), "rows": rows}


def fold_table(
    folds: Sequence[tuple[str, int, Sequence[Measure]]], mean: Sequence[Measure]
) -> dict[str, Any]:
    """A row per fold of a cross-validation, its files and measures; below them their mean ± deviation."""
    titles = [one.title for one in mean]
    return {
        "header": ("fold", "files", *titles),
        "rows": [(name, files, *(one.full_text() for one in measures)) for name, files, measures in folds],
        "total": ("mean ± SD", "", *(one.full_text() for one in mean)),
    }


def parts_table(parts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """How many files of each label each part has."""
    labels = dict.fromkeys(label for counts in parts.values() for label in counts)
    return {
        "header": ("label", *parts),
        "rows": [(label, *(counts.get(label, 0) for counts in parts.values())) for label in labels if label],
        "total": ("all", *(sum(counts.values()) for counts in parts.values())),
    }


def failure_list(failures: Sequence[Mapping[str, str]]) -> dict[str, Any] | None:
    """The first of the recordings that were left out, and how many more there are."""
    if not failures:
        return None
    messages = [failure["message"] for failure in failures[:FAILURES_LISTED]]
    return {"count": len(failures), "messages": messages, "more": len(failures) - len(messages)}
