"""A finished run converted again: what comes out is smaller, answers alike, and says how well."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from command_line import complaint, dslite
from small_runs import RECIPE
from sound_folders import write_sounds

from dslite import FrontEnd, Model
from dslite.training.data.table import load
from dslite.training.export import _in_turns, _pictures
from dslite.training.runs.reader import read_run


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


def test_ranges_are_taken_from_sound_as_well_as_silence(tmp_path: Path) -> None:
    """Recordings that begin with a chunk of silence: most of what is drawn sounds, of each class alike."""
    folder = write_sounds(tmp_path / "sounds", clips=6, seconds=2.0)
    for label, count in (("rain", 6), ("siren", 2)):
        files = sorted((folder / label).iterdir())
        for path in files[count:]:
            path.unlink()
        for path in files[:count]:
            samples, rate_hz = soundfile.read(path)
            soundfile.write(path, np.concatenate([np.zeros(rate_hz), samples]), rate_hz)
    part = load(folder)
    recipe = RECIPE.replace(chunk={"seconds": 1.0, "hop_seconds": 1.0})
    drawn = list(_pictures(part, FrontEnd(recipe), seed=0))
    assert len(drawn) == 8 * 3  # every chunk: there are fewer than are wanted
    assert sum(np.ptp(picture, axis=(0, 1)).max() > 0 for picture in drawn) == 8 * 2
    labels = [part.labels[index] for index in _in_turns(part, np.random.default_rng(0))]
    assert sorted(labels[:2]) == sorted(labels[2:4]) == ["rain", "siren"]
    assert labels[4:] == ["rain"] * 4
