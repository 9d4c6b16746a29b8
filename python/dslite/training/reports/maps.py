"""maps.npz: where in its picture each example's answer comes from, and a mean map of each class.

They are made while the trained network is at hand, of the chunks that the report shows, and kept: a report
is written again without TensorFlow.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dslite import Error
from dslite.plots.png import Pixels, pixels_of
from dslite.training.reports.examples import Recordings, choose
from dslite.training.runs.files import MAPS
from dslite.training.task import ANSWER, SCORE_OF, TRUTH, Task
from dslite.util.atomic import replacing

Array = npt.NDArray[np.float32]
#: Chunks that all mean maps together are made of, and the most classes that have one.
MOST_CHUNKS, MOST_CLASSES = 240, 40
#: How dark a place is that does not speak for the answer.
SHADE = 0.75
#: Pictures that the network is given at once.
AT_ONCE = 16


@dataclass
class Maps:
    """Relevance (rows, columns) of the answer: of examples by their file and start, and the mean of classes.

    ``classes`` holds of each class the mean relevance of right answers, their mean picture, and how many
    they are.
    """

    examples: dict[tuple[str, float], Array] = field(default_factory=dict)
    classes: dict[str, tuple[Array, Pixels, int]] = field(default_factory=dict)

    def of(self, file: str, start_s: float) -> Array | None:
        """The map of an example, if it has one."""
        return self.examples.get((file, round(start_s, 6)))


def make_maps(model: Any, task: Task, predictions: pd.DataFrame, recordings: Recordings) -> Maps:
    """Explain the examples of the report, and the surest right answers of each class.

    Args:
        model: the Keras network, pictures → answers.
        predictions: of the test part, a row per chunk.

    Returns:
        No maps of a network whose head cannot have them; no map of a chunk that can no longer be read.
    """
    # Imported here, as TensorFlow takes seconds and reports are read without it.
    from dslite.training.network.class_maps import with_class_maps

    try:
        explained = with_class_maps(model)
    except Error:
        return Maps()
    wrong, right = choose(predictions)
    places = [(one.file, one.start_s) for one in (*wrong, *right)]
    maps = Maps(
        {
            (file, round(start_s, 6)): relevance
            for file, start_s, relevance, _ in _explain(explained, task, places, recordings)
        }
    )
    if task.exclusive:
        for label, chunks in _of_classes(predictions).items():
            found = list(_explain(explained, task, chunks, recordings))
            if found:
                mean: Array = np.stack([one[2] for one in found]).mean(axis=0, dtype=np.float32)
                picture: Pixels = np.stack([one[3] for one in found]).mean(axis=0).round().astype(np.uint8)
                maps.classes[label] = (mean, picture, len(found))
    return maps


def _of_classes(predictions: pd.DataFrame) -> dict[str, list[tuple[str, float]]]:
    """Of each class the chunks of its surest right answers, one of a file."""
    right = predictions[predictions[ANSWER] == predictions[TRUTH]]
    labels = sorted(right[TRUTH].unique())[:MOST_CLASSES]
    each = max(1, MOST_CHUNKS // max(1, len(labels)))
    chunks = {}
    for label in labels:
        rows = right[right[TRUTH] == label].sort_values(SCORE_OF + label, ascending=False, kind="stable")
        rows = rows.drop_duplicates("file").head(each)
        chunks[label] = list(zip(rows["file"].astype(str), rows["start"].astype(float), strict=True))
    return chunks


def _explain(
    explained: Any, task: Task, places: Sequence[tuple[str, float]], recordings: Recordings
) -> list[tuple[str, float, Array, Pixels]]:
    """File, start, relevance of the answer and picture of each chunk that can be read."""
    read = []
    for file, start_s in places:
        try:
            sound = recordings.sound(file, start_s)
        except Error:
            continue
        picture = pixels_of(recordings.front.picture(sound))
        read.append((file, start_s, recordings.front.tensor(sound), picture))
    found = []
    for first in range(0, len(read), AT_ONCE):
        some = read[first : first + AT_ONCE]
        answers, maps = explained(np.stack([tensor for _, _, tensor, _ in some]), training=False)
        for (file, start_s, _, picture), answer, places_of in zip(
            some, np.asarray(answers), np.asarray(maps), strict=True
        ):
            found.append((file, start_s, _relevance(answer, places_of, task), picture))
    return found


def _relevance(answer: Array, maps: Array, task: Task) -> Array:
    """Of the class that is answered against the rest, as the core has it; of values of the first."""
    if not task.exclusive:
        return maps[:, :, 0]
    relevance: Array = (maps[:, :, int(answer.argmax())] - maps @ answer).astype(np.float32)
    return relevance


def save_maps(run: Path, maps: Maps) -> None:
    """Write maps.npz into the folder of a run; none where there is no map.

    Raises:
        Error: it cannot be written.
    """
    if not maps.examples:
        return
    arrays: dict[str, Any] = {
        "files": np.array([file for file, _ in maps.examples], dtype=np.str_),
        "starts": np.array([start for _, start in maps.examples]),
        "relevance": np.stack(list(maps.examples.values())),
    }
    if maps.classes:
        relevance, pictures, counts = zip(*maps.classes.values(), strict=True)
        arrays |= {
            "labels": np.array(list(maps.classes), dtype=np.str_),
            "label_relevance": np.stack(relevance),
            "label_pictures": np.stack(pictures),
            "label_counts": np.array(counts),
        }
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    with replacing(run / MAPS) as file:
        file.write(content.getbuffer())


def read_maps(runs: Iterable[Path]) -> Maps:
    """The maps of one run, or of a cross-validation's folds, the means of a class weighed by their answers.

    No maps of a run without the file, as those of before.
    """
    whole = Maps()
    for run in runs:
        maps = _read(run / MAPS)
        whole.examples |= maps.examples
        for label, (relevance, picture, count) in maps.classes.items():
            if label in whole.classes:
                before, pixels, n = whole.classes[label]
                relevance = (n * before + count * relevance) / np.float32(n + count)
                whole_picture = (n * pixels.astype(np.float64) + count * picture.astype(np.float64)) / (
                    n + count
                )
                picture = whole_picture.round().astype(np.uint8)
                count += n
            whole.classes[label] = (relevance, picture, count)
    return whole


def _read(path: Path) -> Maps:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        places = zip(arrays["files"], arrays["starts"], strict=True)
        maps = Maps(
            {
                (str(name), round(float(start), 6)): relevance
                for (name, start), relevance in zip(places, arrays["relevance"], strict=True)
            }
        )
        columns = [arrays.get(f"label{name}", ()) for name in ("s", "_relevance", "_pictures", "_counts")]
        for label, relevance, picture, count in zip(*columns, strict=True):
            maps.classes[str(label)] = (relevance, picture, int(count))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return Maps()
    return maps


def shaded(pixels: Pixels, relevance: Array) -> Pixels:
    """A picture, dark where nothing speaks for the answer."""
    height, width, _ = pixels.shape
    speaks = np.maximum(relevance, 0)
    share = _resized(speaks / max(float(speaks.max()), float(np.finfo(np.float32).tiny)), height, width)
    dark: Pixels = np.rint(pixels * (1 - SHADE * (1 - share[:, :, None]))).astype(np.uint8)
    return dark


def _resized(grid: npt.NDArray[np.floating[Any]], height: int, width: int) -> npt.NDArray[np.float64]:
    """A grid between whose centres values change linearly."""
    rows, columns = (
        (np.arange(n) + 0.5) / n * m - 0.5 for n, m in zip((height, width), grid.shape, strict=True)
    )
    wide = np.stack([np.interp(columns, np.arange(grid.shape[1]), row) for row in grid])
    return np.stack([np.interp(rows, np.arange(grid.shape[0]), column) for column in wide.T], axis=1)
