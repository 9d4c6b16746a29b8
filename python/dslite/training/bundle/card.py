"""card.md: what a model was trained on, how, and how good it was, for whoever finds the file.

It is published with the model, and so has no command and no path: they may name people. The run folder
has both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dslite.training.data.split import Split
from dslite.training.data.table import Dataset
from dslite.training.metrics.confusion import Confusion
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.metrics.summary import summary_rows

#: Weights that are no file.
NAMED_WEIGHTS = ("imagenet", "none")
#: Of more classes than these, those with the most mistakes are shown, the others put together.
CONFUSION_CLASSES = 40


def write_card(
    title: str,
    split: Split,
    settings: Mapping[str, object],
    evaluation: Evaluation,
    versions: Mapping[str, str],
    more: Iterable[str] = (),
) -> str:
    """Write the card as Markdown; ``more`` are sections that follow the measures."""
    sections = [
        f"# {title}",
        _data(split),
        _measures(evaluation),
        *map(_confusion, filter(None, [evaluation.per_file.confusion])),
        *more,
        "## Training\n\n" + table(("setting", "value"), _published(settings).items()),
        "## Versions\n\n" + table(("", "version"), versions.items()),
    ]
    return "\n\n".join(sections) + "\n"


def _data(split: Split) -> str:
    parts: dict[str, Dataset] = {
        "training": split.train,
        "validation": split.valid,
        "test": split.test,
    }
    rows: list[tuple[object, ...]] = [("all", *(len(part) for part in parts.values()))]
    if split.train.task.exclusive:
        counts = [part.counts() for part in parts.values()]
        rows = [(label, *(count.get(label, 0) for count in counts)) for label in split.train.classes] + rows
    return "## Data\n\nFiles:\n\n" + table(("label", *parts), rows)


def _published(settings: Mapping[str, object]) -> dict[str, object]:
    """The settings without the paths of files and folders."""
    said = dict(settings)
    if said.get("weights") not in (None, *NAMED_WEIGHTS):
        said["weights"] = "a file"
    if said.get("noise"):
        said["noise"] = "a folder of recordings"
    return said


def _measures(evaluation: Evaluation) -> str:
    header, *rows = summary_rows(evaluation.per_chunk, evaluation.per_file)
    return (
        f"## Test part, {evaluation.per_file.title}\n\n{table(header, rows)}\n\n"
        f"{evaluation.per_file.terms}; a file's scores are the mean of its chunks'. "
        f"The intervals are a bootstrap's over files. Unreadable files left out: {len(evaluation.failures)}."
    )


def _confusion(whole: Confusion) -> str:
    confusion = whole.reduced(CONFUSION_CLASSES)
    rows = [(label, *row) for label, row in zip(confusion.labels, confusion.dense(), strict=True)]
    return "## Confusion, per file\n\n" + table(("true ↓ answer →", *confusion.labels), rows)


def table(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")
