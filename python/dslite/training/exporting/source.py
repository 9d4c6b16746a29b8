"""A finished run as exports begin from it: its network, its parts, and its own model measured."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from dslite import Error, Model
from dslite.training.bundle.convert import to_tflite
from dslite.training.data.settings import Data
from dslite.training.data.split import Split
from dslite.training.data.splitting import load_data, splits
from dslite.training.data.table import Dataset
from dslite.training.experiment import Experiment, recorded
from dslite.training.exporting.calibration import calibration
from dslite.training.exporting.costs import Costs, measure_costs
from dslite.training.job import Job
from dslite.training.learning.schedule import FINE_TUNING, HEAD
from dslite.training.metrics.evaluate import Evaluation, evaluate, open_model
from dslite.training.network.saved import load_network
from dslite.training.runs.files import MODEL, RUN, SPLIT
from dslite.training.runs.reader import Run, read_run
from dslite.training.task import find_task
from dslite.util.progress import Progress

#: The head's layers, as operators of TensorFlow Lite.
DENSE = ("FULLY_CONNECTED",)


class Source:
    """A finished run.

    Raises:
        Error: not a finished run, or its recordings or its network are gone or damaged.
    """

    def __init__(self, path: Path, progress: Progress) -> None:
        if path.is_file():
            raise Error(
                f"{path}: a file, expected the folder of a run (with {RUN} in it): a model that is converted "
                "already cannot be converted again"
            )
        self.run = read_run(path)
        self.model = path / MODEL
        self.names = Model(self.model).labels
        self.experiment: Experiment = _experiment(self.run)
        self.split = _split(self.run, self.experiment)
        self.network = load_network(path)
        self._progress = progress

    @property
    def backbone(self) -> str:
        """The backbone of its network."""
        return self.experiment.network.backbone

    @cached_property
    def evaluation(self) -> Evaluation:
        """What the run's own model answers to the held-out files, natively, here and now.

        Raises:
            Error: no held-out file can be read.
        """
        return self.evaluate(open_model(self.model))

    @cached_property
    def costs(self) -> Costs:
        """What the run's own model costs to run here."""
        return measure_costs(self.model)

    def evaluate(self, model: Model) -> Evaluation:
        """What a model answers to the held-out files.

        Raises:
            Error: no held-out file can be read.
        """
        if not len(self.split.test):
            raise Error(f"{self.run.path}: the run has no held-out files")
        return evaluate(model, self.split.test, self._progress)

    def at_width(self, width: int, folder: Path, command: str) -> Source:
        """This run, or for pictures of another width one with the same settings, parts and proportions.

        Such a one is trained in ``folder``, unless a training of that kind has come to its end there.

        Raises:
            Error, ValueError: as ``train``; a run of other settings is in ``folder``.
        """
        picture = self.experiment.recipe.picture
        if width == picture.width:
            return self
        from dslite.training.jobs import run

        height = max(1, round(picture.height * width / picture.width))
        recipe = self.experiment.recipe.replace(picture={"width": width, "height": height})
        made = replace(self.experiment, recipe=recipe)
        self._progress.message(f"training for {width} × {height} pixels in {folder}")
        run(Job(self.split, made, folder / MODEL, command, folder=folder, resume=True), self._progress)
        return Source(folder, self._progress)

    def convert(self, quantize: str, explain: bool, ranges: str = "minmax") -> bytes:
        """The network as TensorFlow Lite's, with class maps if they are to ``explain``.

        ``ranges`` are those of int8, one of ``CALIBRATIONS``.

        Raises:
            Error: it cannot be converted, or too few recordings are there to calibrate with.
        """
        network = self.network
        if explain:
            from dslite.training.network.class_maps import with_class_maps

            network = with_class_maps(network)
        pictures = []
        if quantize == "int8":
            seed = self.experiment.schedule.seed
            pictures = [one.tensor for one in calibration(self.split, self.run, seed, self._progress)]
        # One scale for all outputs of a network in int8 loses the values that are small beside others.
        in_float = DENSE if self.split.train.task.in_units else ()
        return to_tflite(network, quantize, pictures, in_float, ranges)


def _split(run: Run, made: Experiment) -> Split:
    """The parts as the run saved them, whatever has become of its label table.

    Runs of before have no split.csv: their settings split the data again, and the split whose test part
    holds the files that they answered for is theirs.
    """
    if not run.has_split:
        return _by_answers(load_data(made.data), made.data, run)
    return run.split()


def _by_answers(dataset: Dataset, data: Data, run: Run) -> Split:
    tested = set(run.predictions()["file"])
    if gone := tested - set(dataset.files):
        raise Error(f"{run.path}: {len(gone)} files of its test part are gone from the data")
    for fold in splits(dataset, data):
        if tested <= set(fold.split.test.files):
            return fold.split
    raise Error(
        f"{run.path}: no {SPLIT} in it, and its settings split the data otherwise than when it was trained; "
        "expected the files and labels of then"
    )


def _experiment(run: Run) -> Experiment:
    """The run's settings, with the epochs and the balance that they came to."""
    made = recorded(run.config)
    schedule = replace(
        made.schedule.balanced(find_task(run.facts["task"]).exclusive),
        epochs=run.epochs.get(HEAD, 0),
        fine_tune_epochs=run.epochs.get(FINE_TUNING, 0),
    )
    return replace(made, recipe=run.recipe, schedule=schedule)
