"""A finished run converted again: what comes out is smaller, answers alike, and says how well."""

import csv
import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command_line import complaint, dslite
from small_runs import KINDS, RECIPE, write_run
from sound_folders import write_sounds

from dslite import Error, FrontEnd, Model
from dslite.training.bundle.convert import to_tflite
from dslite.training.bundle.examples import draw_examples
from dslite.training.bundle.publish import publish
from dslite.training.data.table import load
from dslite.training.experiment import experiment, flat
from dslite.training.job import Job
from dslite.training.network.saved import load_network
from dslite.training.runs.files import MODEL
from dslite.training.runs.reader import read_run
from dslite.training.runs.split_table import read_split
from dslite.training.task import CLASSES
from dslite.util.progress import NoProgress


def network_size(path: Path) -> int:
    """The bytes of a model file without those of its bundle."""
    return path.stat().st_size - sum(map(len, Model(path).entries.values()))


@pytest.mark.parametrize(("quantize", "share", "error"), [("float16", 0.6, 2e-3), ("int8", 0.5, 0.1)])
def test_a_smaller_file_answers_alike(
    small_run: Path, tmp_path: Path, quantize: str, share: float, error: float
) -> None:
    output = tmp_path / "small.tflite"
    done = dslite("export", small_run, "--quantize", quantize, "-o", output)
    assert done.returncode == 0, done.stderr
    assert "per file" in done.stdout
    first, second = Model(small_run / "model.tflite"), Model(output)
    assert network_size(output) < share * network_size(small_run / "model.tflite")
    assert second.native.input["dtype"] == ("int8" if quantize == "int8" else "float32")
    assert second.labels == first.labels
    run = read_run(small_run)
    files = sorted(set(run.predictions()["file"]))
    for file in files:
        pairs = [
            [answer.scores for answer in model.predict(Path(run.facts["audio_dir"]) / file)]
            for model in (first, second)
        ]
        assert np.abs(np.subtract(*pairs)).max() <= error
    assert all(check.agrees for check in second.verify())
    if quantize == "float16":
        small = tmp_path / "smaller.tflite"
        arguments = ("export", small_run, "--quantize", quantize, "--no-golden", "-o", small)
        assert dslite(*arguments).returncode == 0
        golden = sum(len(data) for name, data in second.entries.items() if name.startswith("golden/"))
        assert not [name for name in Model(small).entries if name.startswith("golden/")]
        assert small.stat().st_size < output.stat().st_size - golden
        assert "holds no golden clip to verify by" in complaint(dslite("verify", small))


def test_percentiles_are_ranges_of_int8(small_run: Path, tmp_path: Path) -> None:
    output = tmp_path / "int8.tflite"
    by = ("--calibration", "percentile", "--force", "-o", output)
    done = dslite("export", small_run, *by)
    assert done.returncode == 0, done.stderr
    assert (Model(output).native.input["dtype"], Model(output).native.output["dtype"]) == ("int8", "int8")
    assert all(check.agrees for check in Model(output).verify())
    wrong = dslite("export", small_run, "--quantize", "float16", *by)
    assert (wrong.returncode, "--calibration is of int8" in wrong.stderr) == (2, True)


def test_what_cannot_be_exported_is_one_line(small_run: Path, tmp_path: Path) -> None:
    assert "no such folder" in complaint(dslite("export", tmp_path / "none", "-o", tmp_path / "m.tflite"))
    copy = tmp_path / "run"
    copy.mkdir()
    for file in small_run.iterdir():
        if file.is_file() and file.name != "network.keras":
            (copy / file.name).write_bytes(file.read_bytes())
    assert "network.keras: no such file" in complaint(dslite("export", copy, "-o", tmp_path / "m.tflite"))
    (copy / "network.keras").write_bytes(b"PK\x03\x04")
    assert "not a network that Keras reads" in complaint(dslite("export", copy, "-o", tmp_path / "m.tflite"))
    assert not (tmp_path / "m.tflite").exists()


def with_silence_before(folder: Path) -> Path:
    """A second of silence before every recording of the folder."""
    for path in folder.glob("*/*.wav"):
        samples, rate_hz = soundfile.read(path)
        soundfile.write(path, np.concatenate([np.zeros(rate_hz), samples]), rate_hz)
    return folder


def test_chunks_are_drawn_of_each_class_alike(tmp_path: Path) -> None:
    """Of 6 and 2 recordings that begin with silence: equal counts while there are any, then the rest."""
    folder = with_silence_before(write_sounds(tmp_path / "sounds", clips=6, seconds=2.0))
    for path in sorted((folder / "siren").iterdir())[2:]:
        path.unlink()
    (folder / "rain" / "broken.wav").write_bytes(b"RIFF")
    part = load(folder)
    drawn = list(draw_examples(part, FrontEnd(RECIPE), seed=0, count=200))
    assert len(drawn) == 8 * 3  # every chunk: there are fewer than are wanted
    assert len({(one.path, one.start_s) for one in drawn}) == 8 * 3
    assert sum(np.ptp(one.tensor, axis=(0, 1)).max() > 0 for one in drawn) == 8 * 2
    labels = [one.label for one in drawn]
    assert sorted(labels[:12]) == ["rain"] * 6 + ["siren"] * 6
    assert labels[12:] == ["rain"] * 12
    first = list(draw_examples(part, FrontEnd(RECIPE), seed=0, count=7))
    for one, same in zip(first, drawn, strict=False):
        np.testing.assert_array_equal(one.tensor, same.tensor)
    assert len(first) == 7
    assert [one.path for one in draw_examples(part, FrontEnd(RECIPE), 1, 7)] != [one.path for one in first]


def test_recordings_that_begin_with_silence_keep_their_answers(tmp_path: Path) -> None:
    """Ranges from first chunks alone, which are silent here, cost int8 nearly all right answers."""
    run = write_run(
        tmp_path / "run", load(with_silence_before(write_sounds(tmp_path / "a", 12, 2.0, KINDS))), epochs=8
    )
    output = tmp_path / "int8.tflite"
    done = dslite("export", run, "-o", output)
    assert done.returncode == 0, done.stderr
    whole, small = (json.loads(Model(path).entries["metrics.json"]) for path in (run / MODEL, output))
    assert whole["per_chunk"]["accuracy"] > 0.6  # silent chunks, a third of them, are guessed
    assert abs(small["per_chunk"]["accuracy"] - whole["per_chunk"]["accuracy"]) < 0.03
    rows = list(csv.DictReader((run / "calibration.csv").open()))
    counts = Counter(row["label"] for row in rows)
    train = [row["file"] for row in csv.DictReader((run / "split.csv").open()) if row["part"] == "train"]
    assert len(rows) == 3 * len(train)
    assert {row["file"] for row in rows} == set(train)
    assert set(counts.values()) == {3 * len(train) // 3}


def test_values_of_unlike_units_survive_integers(tmp_path: Path) -> None:
    """How long a low tone lasts, in ms, and a high one, in s: one scale would lose the latter."""
    rng, t = np.random.default_rng(0), np.arange(16000) / 16000
    audio = tmp_path / "audio"
    audio.mkdir()
    rows = ["file,low,high"]
    for index in range(60):
        low, high = rng.uniform(0.1, 0.9, 2)
        sound = 0.3 * np.sin(2 * np.pi * 500 * t) * (t < low) + 0.3 * np.sin(2 * np.pi * 4000 * t) * (
            t < high
        )
        soundfile.write(audio / f"{index}.wav", sound + 0.01 * rng.normal(size=t.size), 16000)
        rows.append(f"{index}.wav,{1000 * low:.3f},{high:.5f}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    recordings = load(audio, tmp_path / "labels.csv", targets=("low", "high"))
    run = write_run(tmp_path / "run", recordings, epochs=25)
    output = tmp_path / "int8.tflite"
    done = dslite("export", run, "-o", output)
    assert done.returncode == 0, done.stderr
    whole, small = (json.loads(Model(path).entries["metrics.json"]) for path in (run / MODEL, output))
    for target in ("low", "high"):
        before, after = (one["per_file"]["targets"][target]["ccc"] for one in (whole, small))
        assert before > 0.8
        assert abs(after - before) < 0.02
    native = Model(output).native
    assert (native.input["dtype"], native.output["dtype"]) == ("int8", "float32")


def test_a_network_that_converts_wrongly_is_not_written(small_run: Path, tmp_path: Path) -> None:
    """The weights are changed between conversion and comparison, as a converter's fault would."""
    run, network = read_run(small_run), load_network(small_run)
    tflite = to_tflite(network)
    output = tmp_path / "out" / "m.tflite"
    output.parent.mkdir()
    made = replace(experiment(flat(run.config)), recipe=run.recipe)
    split = read_split(small_run / "split.csv", Path(run.facts["audio_dir"]), CLASSES)
    job = Job(split, made, output)
    publish(job, Model(small_run / MODEL).labels, tflite, tmp_path, NoProgress(), network)
    assert output.exists()
    output.unlink()
    kernel = network.get_layer("head").get_layer("scores").kernel
    kernel.assign(kernel + np.float32([0.01, 0, 0]))
    with pytest.raises(Error, match=r"does not answer as the trained one: for .*\.wav, .* to .* s, '.*' is"):
        publish(job, Model(small_run / MODEL).labels, tflite, tmp_path, NoProgress(), network)
    assert not output.exists()


def test_calibration_needs_two_recordings(small_run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(small_run, copy, ignore=shutil.ignore_patterns("calibration.csv"))
    header, *rows = (copy / "split.csv").read_text().splitlines()
    train = [row for row in rows if ",train," in row]
    (copy / "split.csv").write_text("\n".join([header, train[0], *(row for row in rows if row not in train)]))
    output = tmp_path / "m.tflite"
    assert "1 of 1 recordings of the training part can be read" in complaint(
        dslite("export", copy, "-o", output)
    )
    assert not output.exists()
