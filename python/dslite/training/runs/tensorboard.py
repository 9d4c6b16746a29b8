"""A run for TensorBoard: its curves, and its settings and measures as HParams.

TensorFlow's own writers need the package ``tensorboard``, too; this one needs no graph or session.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dslite import Error
from dslite.training.metrics.measures import read_measures

# TensorBoard imports TensorFlow, whose log lines are not for the terminal.
from dslite.training.network.quiet_tensorflow import hidden_output, tf

with hidden_output():
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.hparams import api_pb2
    from tensorboard.plugins.hparams.summary import session_end_pb
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

VALID = "val_"


class TensorBoardRun:
    """Writes the event files of one run; every epoch is on disk when ``epoch`` returns.

    Scalars are named ``STAGE/loss`` and the like, over the epochs of the stage, for the runs
    ``FOLDER/train`` and ``FOLDER/valid``, so that both are in one chart. The settings and, after
    ``finish``, the measures ``test/…`` per file belong to ``FOLDER`` itself.

    Args:
        folder: of the run; TensorBoard is started on one above it, to compare runs.
        hparams: what was set. Numbers, texts and truth values stay such; all else becomes text.

    Raises:
        Error: the folder cannot be written.
    """

    def __init__(self, folder: Path, hparams: Mapping[str, Any]) -> None:
        self._folder = folder
        self._writers: dict[str, Any] = {}
        plain = {k: v if isinstance(v, bool | int | float | str) else str(v) for k, v in hparams.items()}
        with self._named_errors():
            self._write("", 0, hparams_pb(plain))
            self._flush()

    def epoch(self, stage: str, epoch: int, logs: Mapping[str, float]) -> None:
        """Write what an epoch (from 1, in its stage) came to; of the validation part by ``val_``.

        Raises:
            Error: it cannot be written, a full disk among the reasons.
        """
        with self._named_errors():
            for name, value in logs.items():
                part = "valid" if name.startswith(VALID) else "train"
                summary = scalar_pb(f"{stage}/{name.removeprefix(VALID)}", float(value))
                self._write(part, epoch, summary)
            self._flush()

    def finish(self, per_file: Mapping[str, Any]) -> None:
        """Write the measures of the test part (``per_file`` of metrics.json) and close the files.

        Raises:
            Error: they cannot be written.
        """
        with self._named_errors():
            for measure in read_measures(per_file):
                if measure.value is not None:
                    self._write("", 0, scalar_pb(f"test/{measure.name}", measure.value))
            self._write("", 0, session_end_pb(api_pb2.STATUS_SUCCESS))
            for writer in self._writers.values():
                writer.close()

    def _write(self, part: str, step: int, summary: Any) -> None:
        if part not in self._writers:
            self._writers[part] = EventFileWriter(str(self._folder / part))
        event = Event(wall_time=time.time(), step=step)
        # Some of TensorBoard's functions make its own messages, some TensorFlow's.
        event.summary.ParseFromString(summary.SerializeToString())
        self._writers[part].add_event(event)

    def _flush(self) -> None:
        for writer in self._writers.values():
            writer.flush()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, tf.errors.OpError) as error:
            raise Error(f"{self._folder}: TensorBoard's files cannot be written: {error}") from error
