"""What happens between epochs: the best weights kept, checkpoints written, a stage ended early."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dslite import Error
from dslite.training.learning import checkpoint
from dslite.training.learning.batches import Batches
from dslite.training.learning.checkpoint import Arrays, Checkpoint, Saved, State
from dslite.training.network.quiet_tensorflow import keras
from dslite.util.progress import Progress
from dslite.util.text import shorten

OnEpoch = Callable[[str, int, float, Mapping[str, float]], None]


@dataclass(frozen=True)
class Names:
    """A stage: its name, its place in the order, its most epochs, its highest learning rate."""

    name: str
    index: int
    epochs: int
    rate: float


class TrainingState:
    """The state of a training across its stages.

    With a validation part it keeps the weights of the lowest loss there, over all stages. A stage ends
    after ``patience`` epochs without a lower loss than its own lowest (0: never): the first epochs of
    fine-tuning are often worse than the last of the head, and lead further down. Without a validation
    part the last weights count.
    """

    def __init__(self, model: Any, file: Checkpoint | None, patience: int) -> None:
        """Take ``model`` to where the checkpoint ``file``, if there is one, left off."""
        self._model = model
        self._file = file
        self._patience = patience
        self._state = State()
        self._best: Arrays = []
        self._optimizer: Arrays = []
        if file is not None and (saved := file.load()) is not None:
            checkpoint.assign(model.variables, saved.network, file.path)
            self._state, self._best, self._optimizer = saved.state, saved.best, saved.optimizer

    def begins(self, stage: int) -> bool:
        """Whether there is something left of ``stage``."""
        if self._state.stage == stage and 0 < self._patience <= self._state.waited:
            self.end(stage)  # killed between the epoch that ended it and its end
        return self._state.stage <= stage

    def first_epoch(self, stage: int) -> int:
        """How many epochs of ``stage`` are done."""
        return self._state.epoch if self._state.stage == stage else 0

    def restore_optimizer(self, optimizer: Any, variables: Any, stage: int) -> None:
        """Give a stage's new optimizer the state it had."""
        if self._file is not None and self.first_epoch(stage):
            optimizer.build(variables)
            checkpoint.assign(optimizer.variables, self._optimizer, self._file.path)

    def callback(
        self,
        stage: Names,
        batches: Batches,
        name: Callable[[int], str],
        progress: Progress,
        on_epoch: OnEpoch,
    ) -> Any:
        """What Keras calls while a stage is fitted."""
        if self._state.stage != stage.index:
            self._state = State(stage.index, best=self._state.best)
        return _Between(self, stage, batches, name, progress, on_epoch)

    def after_epoch(self, epoch: int, value: float | None) -> bool:
        """Take note of an epoch and its loss on the validation part; whether the stage shall end."""
        state = replace(self._state, epoch=epoch, waited=self._state.waited + 1)
        if value is not None and value < state.best_of_stage:
            state = replace(state, best_of_stage=value, waited=0)
        if value is not None and value < state.best:
            state = replace(state, best=value)
            self._best = checkpoint.values(self._model.weights)
        self._state = state
        return value is not None and 0 < self._patience <= state.waited

    def save_if_due(self, optimizer: Any) -> None:
        """Write a checkpoint where the last one is old enough."""
        if self._file is not None and self._file.due():
            self._save(checkpoint.values(optimizer.variables))

    def end(self, stage: int) -> None:
        """A stage is over: take the best weights, where one was best."""
        if self._best:
            self._model.set_weights(self._best)
        self._state = State(stage + 1, best=self._state.best)
        self._save([])

    def _save(self, optimizer: Arrays) -> None:
        if self._file is not None:
            self._file.save(
                Saved(self._state, checkpoint.values(self._model.variables), optimizer, self._best)
            )


class _Between(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(
        self,
        training: TrainingState,
        stage: Names,
        batches: Batches,
        name: Callable[[int], str],
        progress: Progress,
        on_epoch: OnEpoch,
    ) -> None:
        super().__init__()
        self._training = training
        self._stage = stage
        self._batches = batches
        self._name = name
        self._progress = progress
        self._on_epoch = on_epoch
        self._epoch = 0
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch, self._began = epoch, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Stop at a loss that is no number: every weight would be none after it."""
        self._progress.within(batch + 1, len(self._batches))
        if logs is None or math.isfinite(logs["loss"]):
            return
        files = sorted({self._name(int(row)) for row in self._batches.rows_of(batch)})
        raise Error(
            f"{self._stage.name}, epoch {self._epoch + 1}, batch {batch + 1}: the loss is "
            f"{logs['loss']}; a lower learning rate than {self._stage.rate:g} may help, or look at the "
            f"batch's files: {shorten(files, 40)}"
        )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logs = dict(logs or {})
        self._on_epoch(self._stage.name, epoch + 1, time.monotonic() - self._began, logs)
        note = _note(logs)
        if self._training.after_epoch(epoch + 1, logs.get("val_loss")):
            self.model.stop_training = True
            note += f"; {self._stage.name} ends early, in epoch {epoch + 1} of {self._stage.epochs}"
        self._training.save_if_due(self.model.optimizer)
        self._progress.advance(note=note)


def _note(logs: Mapping[str, float]) -> str:
    names = {"loss": "loss {:.3f}", "accuracy": "accuracy {:.3f}", "mae": "absolute error {:.3f}"}
    names |= {f"val_{name}": f"valid {text}" for name, text in names.items()}
    return ", ".join(text.format(logs[name]) for name, text in names.items() if name in logs)
