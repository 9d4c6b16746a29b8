"""The whole way on a small scale: recordings to a bundle whose native answers are Keras's."""

import json
import shutil
import tomllib
import wave
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dslite import Error, FrontEnd, Model, Recipe, read_audio
from dslite._dslite import read_bundle
from dslite.demo.sounds import record
from dslite.training.bundle.convert import to_tflite
from dslite.training.bundle.golden import golden_entries
from dslite.training.bundle.write import core_entries, write_bundle
from dslite.training.data.chunks import decode
from dslite.training.data.split import TEST, TRAIN, Split, at_random
from dslite.training.data.table import Dataset, load
from dslite.training.experiment import Experiment, Network
from dslite.training.job import Job
from dslite.training.learning import fit
from dslite.training.learning.batches import Batches
from dslite.training.learning.part import Part
from dslite.training.learning.schedule import Schedule
from dslite.training.metrics.evaluate import evaluate
from dslite.training.network import backbones
from dslite.training.train import train
from dslite.util.progress import NoProgress
from dslite.util.toml import TomlTables

RECIPE = Recipe().replace(chunk={"seconds": 1.0, "hop_seconds": 1.0}, picture={"width": 48, "height": 48})
SMALL = Network("small_cnn", "none")
SHORT = replace(Schedule.from_scratch(), fine_tune_epochs=3, batch_size=16)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Sixteen clips of two classes, at two rates and of two lengths."""
    folder = tmp_path_factory.mktemp("recordings")
    for kind in ("rain", "siren"):
        (folder / kind).mkdir()
        for index in range(8):
            rate_hz = (16000, 22050)[index % 2]
            samples = record(kind, np.random.default_rng(index), rate_hz)[: rate_hz * (6 - index % 2) // 2]
            with wave.open(str(folder / kind / f"{index}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(rate_hz)
                file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return load(folder)


def plan(recordings: Dataset, output: Path, **changes: object) -> Job:
    split = at_random(recordings, 0.25, seed=0)
    experiment = replace(Experiment(network=SMALL, schedule=SHORT, recipe=RECIPE), **changes)
    return Job(split, experiment, output)


@pytest.fixture(scope="module")
def trained(recordings: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Job]:
    made = plan(recordings, tmp_path_factory.mktemp("model") / "model.tflite")
    outcome = train(made, NoProgress())
    assert outcome.failures == []
    assert outcome.evaluation.per_file.count == 4
    assert outcome.evaluation.per_chunk.count == 12  # three chunks of one second each
    return made.output, made


def test_the_bundle_is_complete(trained: tuple[Path, Job]) -> None:
    path, _ = trained
    entries = read_bundle(str(path))
    golden = [f"golden/{name}.f32" for name in ("samples", "log_mel", "tensor", "scores")]
    assert list(entries) == [
        *("recipe.toml", "model.toml", "labels.txt", "card.md", "metrics.json"),
        *("golden/golden.toml", "golden/clip.wav", *golden),
    ]
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert Recipe.from_toml(entries["recipe.toml"].decode()) == RECIPE.replace(tensor={"scaling": "tf"})
    about = tomllib.loads(entries["model.toml"].decode())
    assert (about["task"], about["backbone"]) == ("classes", "small_cnn")
    assert set(about["versions"]) == {"dslite", "tensorflow", "keras"}
    assert entries["labels.txt"] == b"rain\nsiren\n"
    assert "| all | 12 | 0 | 4 |" in entries["card.md"].decode()
    assert json.loads(entries["metrics.json"])["per_file"]["count"] == 4


def test_golden_vectors_replay_to_the_bit(trained: tuple[Path, Job], tmp_path: Path) -> None:
    model = Model(trained[0])
    shapes = tomllib.loads(model.entries["golden/golden.toml"].decode())
    clip = tmp_path / "clip.wav"
    clip.write_bytes(model.entries["golden/clip.wav"])
    with wave.open(str(clip)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (44100, 2, 2)
        assert shapes["clip"]["rate_hz"] == 44100
    front = FrontEnd(model.recipe)
    samples = front.chunk(read_audio(clip, 16000), 0)
    replayed = {
        "samples": samples,
        "log_mel": front.log_mel(samples),
        "tensor": front.tensor(samples),
        "scores": model.scores(samples),
    }
    for name, array in replayed.items():
        stored = np.frombuffer(model.entries[f"golden/{name}.f32"], "<f4")
        np.testing.assert_array_equal(array, stored.reshape(tuple(shapes[name].values())))


def test_nothing_of_a_recording_is_in_the_file(trained: tuple[Path, Job]) -> None:
    """Neither its name nor twenty samples of it, at its own rate or at the recipe's, in any usual format."""
    path, made = trained
    content = path.read_bytes()
    paths = [file for part in (made.split.train, made.split.test) for file in part.paths]
    assert len(paths) == 16
    for file in paths:
        assert file.name.encode() not in content
        assert str(file.relative_to(made.split.train.root)).encode() not in content
        for rate_hz in (16000, 44100, 48000):
            samples = read_audio(file, rate_hz)
            for start in range(0, len(samples) - 20, 1000):
                run = samples[start : start + 20]
                if np.abs(run).max() < 1e-3:
                    continue
                assert run.astype("<f4").tobytes() not in content
                assert np.rint(run * 32768).astype("<i2").tobytes() not in content


def test_no_name_of_a_person_or_folder_is_in_the_file(recordings: Dataset, tmp_path: Path) -> None:
    """Folders, the command's values, and the model's own name may be a speaker's; no entry has them."""
    home = tmp_path / "home-of-annegret"
    shutil.copytree(recordings.root, home / "calls-of-annegret")
    made = plan(load(home / "calls-of-annegret"), home / "annegret.tflite", schedule=SHORT)
    by_steps = replace(SHORT, fine_tune_epochs=-1, fine_tune_steps=2)
    made = replace(made, command=f"dslite train {home} --test annegret")
    made = replace(made, experiment=replace(made.experiment, schedule=by_steps))
    train(made, NoProgress())
    content = made.output.read_bytes()
    for name in ("annegret", str(tmp_path), str(Path.home()) + "/", "calls-of"):
        assert name.encode() not in content
    card = Model(made.output).entries["card.md"].decode()
    assert card.startswith("# small_cnn, 2 classes\n")
    assert "| fine_tune_epochs | 3 |" in card  # as many as there were: two steps are less than three epochs


def test_the_golden_clip_depends_on_the_recipe_alone(trained: tuple[Path, Job], tmp_path: Path) -> None:
    first, second = (Model(trained[0]).entries, golden_entries(Model(trained[0]), tmp_path))
    assert first["golden/clip.wav"] == second["golden/clip.wav"]
    samples = read_audio(tmp_path / "clip.wav", 16000)
    assert np.abs(samples).max() > 0.3
    assert not samples[-1000:].any()  # silence, too


def test_the_same_seed_gives_the_same_file(
    trained: tuple[Path, Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    again = [replace(trained[1], output=tmp_path / name / "model.tflite") for name in "ab"]
    for one in again:
        one.output.parent.mkdir()
        train(one, NoProgress())
    first, second = (one.output.read_bytes() for one in again)
    assert first == second
    assert b'created = "1970-01-01"' in first


def learnt(recordings: Dataset, schedule: Schedule, folder: Path, valid: bool) -> tuple[object, FrontEnd]:
    """Train by the parts that ``train`` is made of, and keep the Keras model."""
    fit.seed_everything(0)
    backbone = backbones.find("mobilenet_v2")
    recipe = backbones.fit_recipe(RECIPE, backbone)
    front = FrontEnd(recipe)
    chunks, failures = decode(recordings.paths, front, folder / "chunks.f32")
    assert failures == []
    sirens = np.array([recordings.labels[i] == "siren" for i in chunks.file_of], np.intp)
    part = Part(chunks, np.eye(2, dtype=np.float32)[sirens], recordings.files)
    none, _ = decode([], front, folder / "none.f32")
    rest = part if valid else Part(none, np.zeros((0, 2), np.float32))
    network = backbones.build(backbone, recipe, "none")
    inputs = fit.FitInputs(front, part, rest, schedule, NoProgress(), folder)
    return fit.learn(network, inputs), front


def test_frozen_stage_leaves_the_backbone_alone(recordings: Dataset, tmp_path: Path) -> None:
    fit.seed_everything(0)
    fresh = backbones.build(backbones.find("mobilenet_v2"), RECIPE, "none")
    schedule = Schedule(epochs=2, fine_tune_epochs=0)
    model, _ = learnt(recordings, schedule, tmp_path, valid=True)
    for layer in fresh.layers:
        for before, after in zip(layer.get_weights(), model.get_layer(layer.name).get_weights(), strict=True):
            np.testing.assert_array_equal(before, after)


@pytest.fixture(scope="module")
def fine_tuned(
    recordings: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> tuple[object, FrontEnd, Schedule]:
    """A MobileNetV2 whose last quarter has learnt with its head, as Keras has it."""
    schedule = Schedule(epochs=1, fine_tune_epochs=2, fine_tune_share=0.25, fine_learning_rate=0.01)
    folder = tmp_path_factory.mktemp("fine_tuned")
    return *learnt(recordings, schedule, folder, valid=False), schedule


def test_fine_tuning_moves_the_last_part_alone(fine_tuned: tuple[object, FrontEnd, Schedule]) -> None:
    model, front, schedule = fine_tuned
    fit.seed_everything(0)
    fresh = backbones.build(backbones.find("mobilenet_v2"), front.recipe, "none")
    first = round((1 - schedule.fine_tune_share) * len(fresh.layers))
    for index, layer in enumerate(fresh.layers):
        if not layer.get_weights():
            continue
        pairs = zip(layer.get_weights(), model.get_layer(layer.name).get_weights(), strict=True)
        same = all(np.array_equal(before, after) for before, after in pairs)
        assert same == (index < first), layer.name


def test_the_file_answers_as_the_trained_keras_model(
    fine_tuned: tuple[object, FrontEnd, Schedule], recordings: Dataset, tmp_path: Path
) -> None:
    model, front, _ = fine_tuned
    path = tmp_path / "model.tflite"
    tables: TomlTables = {"": {"task": "classes"}}
    write_bundle(path, to_tflite(model), core_entries(front.recipe, recordings.classes, tables))
    native = Model(path)
    for recording in recordings.paths:
        chunks = front.chunks(read_audio(recording, 16000))
        expected = model.predict_on_batch(front.tensors(chunks))
        answers = np.stack([answer.scores for answer in native.predict(recording)])
        np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4)


def with_file(job: Job, places: list[int] | pd.Series, file: Path) -> Job:
    """The job with another file at these places of its data set."""
    rows = job.split.whole.rows.copy()
    rows.loc[places, "file"] = str(file)
    return replace(job, split=Split(replace(job.split.whole, rows=rows), job.split.part_of))


def test_unreadable_recordings_are_left_out_and_named(recordings: Dataset, tmp_path: Path) -> None:
    made = plan(recordings, tmp_path / "model.tflite")
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF\x00\x00\x00\x00WAVE")
    first = [int(np.flatnonzero(made.split.part_of == part)[0]) for part in (TRAIN, TEST)]
    outcome = train(with_file(made, first, broken), NoProgress())
    assert [failure.path for failure in outcome.failures] == [broken, broken]
    assert outcome.evaluation.per_file.count == 3
    assert "Unreadable files left out: 1." in Model(made.output).entries["card.md"].decode()


def test_a_class_that_no_file_of_can_be_read_stops(recordings: Dataset, tmp_path: Path) -> None:
    made = plan(recordings, tmp_path / "model.tflite")
    broken = tmp_path / "empty.wav"
    broken.touch()
    whole = made.split.whole.rows
    made = with_file(made, (whole["label"] == "rain") & (made.split.part_of == TRAIN), broken)
    with pytest.raises(Error, match=r"class 'rain' has no readable file .*the file is empty"):
        train(made, NoProgress())
    assert not made.output.exists()


def test_a_full_disk_while_decoding_is_told(recordings: Dataset) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full is Linux's")
    with pytest.raises(Error, match=r"/dev/full: cannot be written: No space left"):
        decode(recordings.paths, FrontEnd(RECIPE), Path("/dev/full"))


def test_without_a_runtime_the_model_is_kept(
    recordings: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan(recordings, tmp_path / "model.tflite", schedule=replace(SHORT, fine_tune_epochs=1))
    with monkeypatch.context() as without:
        without.setenv("DSLITE_TFLITE_LIBRARY", str(tmp_path / "missing.so"))
        with pytest.raises(Error, match=r"missing\.so.*; the model is in .*, not measured"):
            train(made, NoProgress())
    assert Model(made.output).labels == ["rain", "siren"]


def test_where_it_cannot_write_it_does_not_begin(recordings: Dataset, tmp_path: Path) -> None:
    with pytest.raises(Error, match="there is no folder"):
        train(plan(recordings, tmp_path / "nowhere" / "model.tflite"), NoProgress())
    with pytest.raises(Error, match="is a folder"):
        train(plan(recordings, tmp_path), NoProgress())


def test_whole_clips_of_any_length_train(recordings: Dataset, tmp_path: Path) -> None:
    recipe = RECIPE.replace(chunk={"seconds": 0.0})
    made = plan(
        recordings, tmp_path / "model.tflite", recipe=recipe, schedule=replace(SHORT, fine_tune_epochs=1)
    )
    outcome = train(made, NoProgress())
    assert outcome.evaluation.per_chunk.count == outcome.evaluation.per_file.count == 4


def test_evaluation_refuses_labels_the_model_lacks(trained: tuple[Path, Job], recordings: Dataset) -> None:
    other = recordings.select([True] * len(recordings))
    other.rows.loc[0, "label"] = "thunder"
    with pytest.raises(Error, match="label 'thunder' is unknown to the model, which has 'rain', 'siren'"):
        evaluate(Model(trained[0]), other, NoProgress())


def test_batches_are_even_and_depend_on_seed_and_epoch_alone() -> None:
    targets = np.arange(67, dtype=np.float32)[:, None]

    def orders(batches: Batches, epochs: int) -> list[list[int]]:
        seen = []
        for _ in range(epochs):
            dealt = [batches[index][1][:, 0].astype(int) for index in range(len(batches))]
            assert {len(batch) for batch in dealt} <= {33, 34}
            seen.append(np.concatenate(dealt).tolist())
            assert sorted(seen[-1]) == list(range(67))
            batches.on_epoch_end()
        return seen

    source = lambda indices, rng: targets[indices]  # noqa: E731
    first = orders(Batches(source, targets, 32, seed=1), 3)
    assert first[0] != first[1]
    assert orders(Batches(source, targets, 32, seed=1), 3) == first
    assert orders(Batches(source, targets, 32, seed=1, first_epoch=2), 1) == first[2:]
    assert orders(Batches(source, targets, 32), 1) == [list(range(67))]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", -2),
        ("fine_tune_epochs", -2),
        ("steps", 0),
        ("batch_size", 0),
        ("seed", -1),
        ("learning_rate", 0.0),
        ("fine_learning_rate", float("nan")),
        ("fine_tune_share", 1.5),
        ("label_smoothing", -0.1),
        ("patience", -1),
        ("balance", "perhaps"),
    ],
)
def test_impossible_schedules(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        replace(Schedule(), **{field: value})
    with pytest.raises(ValueError, match="epochs: none"):
        Schedule(epochs=0, fine_tune_epochs=0)
