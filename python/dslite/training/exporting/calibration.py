"""The chunks that int8 takes its ranges from."""

from __future__ import annotations

from dslite import Error, FrontEnd
from dslite.training.bundle.examples import Example, draw_examples, save_examples
from dslite.training.data.split import Split
from dslite.training.runs.files import CALIBRATION
from dslite.training.runs.reader import Run
from dslite.util.progress import Progress

#: Chunks that show the ranges of values between layers.
EXAMPLES = 200


def calibration(split: Split, run: Run, seed: int, progress: Progress) -> list[Example]:
    """Draw chunks of the training part, as many of each class as there are.

    They are noted in the run's calibration.csv; where that cannot be written, this is said.

    Raises:
        Error: fewer than two recordings can be read.
    """
    part = split.train
    examples = list(draw_examples(part, FrontEnd(run.recipe), seed, EXAMPLES))
    if (files := len({one.path for one in examples})) < 2:
        raise Error(
            f"{run.path}: {files} of {len(part)} recordings of the training part can be read, "
            "expected 2 or more to calibrate int8 with"
        )
    try:
        save_examples(examples, part.root, run.path / CALIBRATION)
    except Error as error:
        progress.message(f"dslite: {error}")
    return examples
