"""What a model answers with, classes or values, and all that follows from it.

A task is known by its name: model.toml, run.json and ``Model.task`` hold it. Two questions set tasks apart:
is one of the outputs right (``exclusive``), and are the outputs numbers with units (``in_units``)? A task of
several labels at once would answer no to both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dslite import Error

#: The column of the label in tables that dslite writes.
LABEL = "label"
#: Columns of predictions: what is true and what was answered, where one of the outputs is right.
TRUTH, ANSWER = "truth", "answer"
#: Columns of predictions begin so, with the name of an output after it.
TRUTH_OF, SCORE_OF = "truth:", "score:"


@dataclass(frozen=True)
class Task:
    """A kind of answer.

    ``exclusive``: one of the outputs is right, so that there are shares of each class, a most likely answer
    and a confusion matrix. ``in_units``: outputs are numbers in the units of their targets, learnt
    standardised. ``loss`` is the default of training, ``metric`` what Keras shows of an epoch beside it,
    ``layer`` and ``activation`` are those of the network's output.
    """

    name: str
    output: str
    outputs: str
    exclusive: bool
    in_units: bool
    loss: str
    metric: str
    layer: str
    activation: str

    def count(self, outputs: int) -> str:
        """``2 classes``, ``1 target``."""
        return f"{outputs} {self.output if outputs == 1 else self.outputs}"

    def label_columns(self, outputs: Sequence[str]) -> list[str]:
        """The columns of a label table that hold what is true of a file."""
        return [LABEL] if self.exclusive else list(outputs)

    def truth_columns(self, outputs: Iterable[str]) -> list[str]:
        """The columns of a table of predictions that hold what is true of a chunk."""
        return [TRUTH] if self.exclusive else [TRUTH_OF + name for name in outputs]


CLASSES = Task(
    name="classes",
    output="class",
    outputs="classes",
    exclusive=True,
    in_units=False,
    loss="categorical_crossentropy",
    metric="accuracy",
    layer="scores",
    activation="softmax",
)
VALUES = Task(
    name="values",
    output="target",
    outputs="targets",
    exclusive=False,
    in_units=True,
    loss="mean_squared_error",
    metric="mae",
    layer="values",
    activation="linear",
)
TASKS = {task.name: task for task in (CLASSES, VALUES)}


def find_task(name: str) -> Task:
    """Look a task up by its name.

    Raises:
        Error: there is none of that name.
    """
    if name not in TASKS:
        raise Error(f"task '{name}': expected one of {', '.join(TASKS)}; a newer dslite may know it")
    return TASKS[name]


def task_of_predictions(columns: Iterable[object]) -> Task:
    """The task of a table of predictions, by its columns."""
    return CLASSES if TRUTH in set(columns) else VALUES


def answered_outputs(columns: Iterable[object]) -> list[str]:
    """The outputs that a table of predictions has scores of, in their order."""
    return [str(name).removeprefix(SCORE_OF) for name in columns if str(name).startswith(SCORE_OF)]
