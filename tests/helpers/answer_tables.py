"""Tables of predictions for tests, made of plain arrays."""

import numpy as np
import pandas as pd

from dslite.training.metrics.predictions import Answers
from dslite.training.task import CLASSES, VALUES


def tabulate(labels, files, spans_s, truth, scores) -> pd.DataFrame:
    """The table of answers as a run leaves it, of values where the truth has two axes."""
    task = VALUES if np.ndim(truth) == 2 else CLASSES
    return Answers.of_files(task, labels, files, np.arange(len(files)), truth, scores, spans_s).table()
