"""card.md: what a model was trained on, how, and how good it was, for whoever finds the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from dslite.training.dataset import Dataset
from dslite.training.evaluation import Evaluation
from dslite.training.metrics import Metrics
from dslite.training.schedule import Schedule
from dslite.training.split import Split


def write_card(
    title: str,
    split: Split,
    schedule: Schedule,
    evaluation: Evaluation,
    versions: Mapping[str, str],
    command: str,
) -> str:
    """Write the card as Markdown."""
    sections = [
        f"# {title}",
        _data(split),
        _measures(evaluation),
        _confusion(evaluation.per_file),
        "## Training\n\n" + _table(("setting", "value"), asdict(schedule).items()),
        "## Versions\n\n" + _table(("", "version"), versions.items()),
        f"## Command\n\n    {command}",
    ]
    return "\n\n".join(sections) + "\n"


def _data(split: Split) -> str:
    parts: dict[str, Dataset] = {
        "training": split.train,
        "validation": split.valid,
        "test": split.test,
    }
    counts = {name: Counter(part.labels) for name, part in parts.items()}
    rows = [(label, *(counts[name][label] for name in parts)) for label in split.train.classes] + [
        ("all", *(len(part) for part in parts.values()))
    ]
    folder = split.train.root.resolve().name
    return f"## Data\n\nFiles of `{folder}`:\n\n" + _table(("label", *parts), rows)


def _measures(evaluation: Evaluation) -> str:
    rows = [
        (name, *(f"{100 * x:.1f}" for x in (m.accuracy, m.uar, m.macro_f1)), m.count)
        for name, m in (("chunk", evaluation.per_chunk), ("file", evaluation.per_file))
    ]
    table = _table(("per", "accuracy", "UAR", "macro-F1", "answers"), rows)
    return (
        "## Test part, in %\n\n"
        f"{table}\n\n"
        "UAR is the unweighted average recall; a file's scores are the mean of its chunks'. "
        f"Unreadable files left out: {len(evaluation.failures)}."
    )


def _confusion(metrics: Metrics) -> str:
    rows = [(label, *row) for label, row in zip(metrics.labels, metrics.confusion, strict=True)]
    return "## Confusion, per file\n\n" + _table(("true ↓ answer →", *metrics.labels), rows)


def _table(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")
