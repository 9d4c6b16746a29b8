"""What is written for TensorBoard is what TensorBoard reads."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import api_pb2, metadata

from dslite import Error
from dslite.training.runs.reader import read_run
from dslite.training.runs.tensorboard import TensorBoardRun

HPARAMS = {"optimizer": "adam", "epochs": 3, "rate": 0.5, "augment": True, "bands": [64, 128]}


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    events = EventAccumulator(str(folder)).Reload()
    return {
        tag: [(event.step, float(event.tensor_proto.float_val[0])) for event in events.Tensors(tag)]
        for tag in events.PluginTagToContent("scalars")
    }


def settings(folder: Path) -> dict[str, object]:
    events = EventAccumulator(str(folder)).Reload()
    content = events.PluginTagToContent("hparams")[metadata.SESSION_START_INFO_TAG]
    values = metadata.parse_session_start_info_plugin_data(content).hparams
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in values.items()}


def test_every_epoch_is_there_when_it_is_over(tmp_path: Path) -> None:
    run = TensorBoardRun(tmp_path / "run", HPARAMS)
    assert settings(tmp_path / "run") == HPARAMS | {"bands": "[64, 128]"}
    run.epoch("head", 1, {"loss": 1.5, "val_loss": 2.5, "learning_rate": 0.5})
    run.epoch("head", 2, {"loss": 0.75, "val_loss": 2.25, "learning_rate": 0.25})
    assert scalars(tmp_path / "run" / "train") == {
        "head/loss": [(1, 1.5), (2, 0.75)],
        "head/learning_rate": [(1, 0.5), (2, 0.25)],
    }
    run.epoch("fine-tuning", 1, {"loss": 0.5})
    assert scalars(tmp_path / "run" / "valid") == {"head/loss": [(1, 2.5), (2, 2.25)]}
    assert scalars(tmp_path / "run" / "train")["fine-tuning/loss"] == [(1, 0.5)]


def test_the_measures_of_a_real_run_end_it(small_run: Path, tmp_path: Path) -> None:
    read = read_run(small_run)
    run = TensorBoardRun(tmp_path, read.config["training"])
    for row in read.history:
        run.epoch(str(row["stage"]), int(row["epoch"]), {"loss": float(row["loss"])})
    run.finish(read.metrics["per_file"])
    found = scalars(tmp_path)
    measured = read.metrics["per_file"]
    assert found["test/accuracy"] == [(0, pytest.approx(measured["accuracy"]))]
    assert found["test/UAR"] == [(0, pytest.approx(measured["uar"]))]
    events = EventAccumulator(str(tmp_path)).Reload()
    end = events.PluginTagToContent("hparams")[metadata.SESSION_END_INFO_TAG]
    assert metadata.parse_session_end_info_plugin_data(end).status == api_pb2.STATUS_SUCCESS
    assert [step for step, _ in scalars(tmp_path / "train")["fine-tuning/loss"]] == [1, 2, 3]


def test_where_it_cannot_write_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Error, match=r"file/run: TensorBoard's files cannot be written: .*not a directory"):
        TensorBoardRun(tmp_path / "file" / "run", {})
