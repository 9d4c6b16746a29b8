"""The model of a finished run measured again, and how many of some recordings it has learnt from.

Recordings are known by the hashes of their contents in split.csv, so that neither another name nor another
folder hides them. The hashes stay in the run folder: in a model file that is passed on they would let anyone
who has a recording find out that its speaker was in the training part.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dslite import Error
from dslite.training.metrics.evaluate import Evaluation, evaluate, open_model
from dslite.training.metrics.predictions import Answers
from dslite.training.runs.compare import Entry, seed_of
from dslite.training.runs.files import MODEL, SPLIT
from dslite.training.runs.reader import Run, is_run
from dslite.training.runs.split_table import learnt_contents
from dslite.util.content import digests
from dslite.util.failures import Failure
from dslite.util.progress import Progress


def measure_again(run: Run, audio_dir: Path | None, progress: Progress) -> Evaluation:
    """Measure the run's model file on the test part that its split.csv names.

    Args:
        audio_dir: the folder of the recordings. [default: the one that the run was trained on]

    Raises:
        Error: there is no split.csv, no model file, or no readable recording.
    """
    return evaluate(open_model(run.path / MODEL), run.split(audio_dir).test, progress)


def measure_entry(
    entry: Entry, audio_dir: Path | None, progress: Progress
) -> tuple[dict[str, Evaluation], Evaluation, list[Failure]]:
    """Measure a run, or each fold of a cross-validation, again.

    Returns each by name, all answers together, and the folds that could not be measured.

    Raises:
        Error: as ``measure_again``, where it holds for all of them.
    """
    measured: dict[str, Evaluation] = {}
    failures: list[Failure] = []
    for run in entry.runs:
        try:
            measured[_name(run, entry)] = measure_again(run, audio_dir, progress)
        except Error as error:
            if len(entry.runs) == 1 or (run is entry.runs[-1] and not measured):
                raise
            failures.append(Failure(run.path, str(error)))
    seeds: dict[str, list[Answers]] = {}
    for run in entry.runs:
        if (one := measured.get(_name(run, entry))) is not None:
            seeds.setdefault(seed_of(run), []).append(one.answers)
    answers = Answers.stacked([Answers.joined(folds) for folds in seeds.values()])
    unread = {failure.path: failure for one in measured.values() for failure in one.failures}
    return measured, Evaluation.of(answers, list(unread.values())), failures


def _name(run: Run, entry: Entry) -> str:
    return str(run.path.relative_to(entry.name)) if entry.is_several else run.name


def learnt_among(model: Path, paths: Iterable[Path]) -> int | None:
    """How many of ``paths`` the model was trained or validated on; None where nothing beside it says so.

    Raises:
        Error: the split.csv beside the model is damaged.
    """
    folder = model.resolve().parent
    if not is_run(folder) or not (folder / SPLIT).exists():
        return None
    learnt = learnt_contents(folder / SPLIT)
    return sum(content in learnt for content in digests(paths)) if learnt else None
