"""The command line: what goes to stdout and stderr, exit codes, and one line per fault."""

import csv
import io
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from command_line import complaint, dslite

from dslite import Answer, Model
from dslite.cli import main
from dslite.formats import AnswerRows


def test_what_needs_no_training_imports_none_of_it(demo: tuple[Path, str], tmp_path: Path) -> None:
    clip = demo[0] / "recordings" / "rain" / "rain00.wav"
    program = (
        "import sys\nfrom dslite.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    model = demo[0] / "demo.tflite"
    for arguments in (
        ["predict", model, clip],
        ["info", model],
        ["plot", clip, "-o", tmp_path / "x.png"],
    ):
        command = [sys.executable, "-c", program, *map(os.fspath, arguments)]
        subprocess.run(command, check=True, capture_output=True)


def test_predict_prints_csv_json_and_files_alike(demo: tuple[Path, str], tmp_path: Path) -> None:
    folder = demo[0] / "recordings" / "siren"
    model = Model(demo[0] / "demo.tflite")
    expected = [(str(path), answer) for path in sorted(folder.iterdir()) for answer in model.predict(path)]
    plain = dslite("predict", demo[0] / "demo.tflite", folder)
    written = dslite("predict", demo[0] / "demo.tflite", folder, "--csv", tmp_path / "a.csv")
    lines = dslite("predict", demo[0] / "demo.tflite", folder, "--json")
    assert (plain.returncode, written.returncode, lines.returncode) == (0, 0, 0)
    assert written.stdout == ""
    assert (tmp_path / "a.csv").read_text() == plain.stdout
    rows = list(csv.DictReader(io.StringIO(plain.stdout)))
    objects = [json.loads(line) for line in lines.stdout.splitlines()]
    assert len(rows) == len(objects) == len(expected) == 80
    for row, one, (file, answer) in zip(rows, objects, expected, strict=True):
        assert row["file"] == one["file"] == file
        assert float(row["start"]) == one["start"] == answer.start_s
        assert float(row["end"]) == one["end"] == answer.end_s
        assert row["label"] == one["label"] == answer.label == "siren"
        assert list(one["scores"]) == model.labels
        np.testing.assert_array_equal(np.float32(list(one["scores"].values())), answer.scores)
        np.testing.assert_array_equal(np.float32([row[label] for label in model.labels]), answer.scores)


def test_bad_recordings_are_counted_and_the_others_done(demo: tuple[Path, str], tmp_path: Path) -> None:
    good = (demo[0] / "recordings" / "rain" / "rain00.wav").read_bytes()
    (tmp_path / "a good one.wav").write_bytes(good)
    (tmp_path / "empty.wav").touch()
    (tmp_path / "noise.flac").write_bytes(b"\x00\xff" * 400)
    (tmp_path / "nothing in it.wav").write_bytes(good[:44])
    result = dslite("predict", demo[0] / "demo.tflite", tmp_path, tmp_path / "gone.wav", "--json")
    assert complaint(result) == "dslite: 4 of 5 files left out"
    faults = [line for line in result.stderr.splitlines() if line.startswith(f"dslite: {tmp_path}")]
    assert len(faults) == 4
    assert {json.loads(line)["file"] for line in result.stdout.splitlines()} == {
        str(tmp_path / "a good one.wav")
    }


def test_evaluate_measures_all_or_the_part_that_training_held_out(demo: tuple[Path, str]) -> None:
    arguments = ("evaluate", demo[0] / "demo.tflite", demo[0] / "recordings", "--json")
    everything = json.loads(dslite(*arguments).stdout)
    assert everything["labels"] == ["birds", "knocks", "rain", "siren"]
    assert everything["per_file"]["count"] == 160
    part = json.loads(dslite(*arguments, "--test-share", "0.2").stdout)
    stored = json.loads(Model(demo[0] / "demo.tflite").entries["metrics.json"])
    assert part == stored


def test_evaluate_by_a_column(demo: tuple[Path, str], tmp_path: Path) -> None:
    rows = [f"rain/rain0{i}.wav,rain,0{i % 2}" for i in range(4)]
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(["file,label,room", *rows]))
    arguments = ("evaluate", demo[0] / "demo.tflite", demo[0] / "recordings", "--labels", table)
    result = dslite(*arguments, "--split", "room", "--test", "01", "--json")
    assert json.loads(result.stdout)["per_file"]["count"] == 2
    assert "no file has room '1'" in complaint(dslite(*arguments, "--split", "room", "--test", "1"))
    table.write_text("file,label\nrain/rain00.wav,thunder\n")
    assert "'thunder' is unknown to the model" in complaint(dslite(*arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        ["train"],
        ["train", ".", "-o", "x", "--backbone", "vgg99"],
        ["train", ".", "-o", "x", "--split", "fold"],
        ["train", ".", "-o", "x", "--test", "1"],
        ["train", ".", "-o", "x", "--split", "fold", "--test", "1", "--test-share", "0.1"],
        ["train", "nowhere", "-o", "x"],
        ["evaluate", "nowhere.tflite", "."],
        ["predict"],
        ["plot", "nowhere.wav", "-o", "x.png"],
        ["fly"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    result = dslite(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Usage:" in result.stderr


def test_faults_are_one_line_each(demo: tuple[Path, str], tmp_path: Path) -> None:
    recordings, model = demo[0] / "recordings", demo[0] / "demo.tflite"
    clip = recordings / "rain" / "rain00.wav"
    (tmp_path / "bad.toml").write_text("[stft]\nhop_seconds = 0.0\n")
    (tmp_path / "plain.tflite").write_bytes(model.read_bytes()[:20000])
    cases: list[tuple[list[str | os.PathLike[str]], str]] = [
        (["info", tmp_path / "plain.tflite"], "plain.tflite"),
        (["predict", tmp_path / "plain.tflite", clip], "plain.tflite"),
        (["predict", model, tmp_path / "bad.toml"], "1 of 1 files left out"),
        (["predict", model, clip, "--runtime", tmp_path / "no.so"], "no.so"),
        (["predict", model, clip, "--csv", tmp_path / "no" / "x.csv"], "there is no folder"),
        (["plot", clip, "-o", tmp_path / "x.png", "--recipe", tmp_path / "bad.toml"], "hop_seconds"),
        (["plot", clip, "-o", tmp_path / "x.png", "--chunk", "9"], "--chunk 9 given"),
        (["plot", clip, "-o", tmp_path / "x.jpg"], "'.jpg' is no format for pictures"),
        (
            ["plot", clip, "-o", tmp_path / "x.png", "--recipe", "wisper"],
            "the presets are 'deepspectrumlite'",
        ),
        (["plot", tmp_path / "bad.toml", "-o", tmp_path / "x.png"], "bad.toml"),
        (["train", tmp_path, "-o", tmp_path / "m.tflite"], "no sub-folder"),
        (["train", recordings, "-o", tmp_path / "no" / "m.tflite"], "there is no folder"),
        (["train", recordings, "-o", tmp_path / "m.tflite", "--epochs", "-2"], "epochs: -2"),
        (["train", recordings, "-o", tmp_path / "m.tflite", "--test-share", "2"], "--test-share"),
    ]
    for arguments, message in cases:
        result = CliRunner().invoke(main, list(map(os.fspath, arguments)))
        assert result.exit_code == 1, (arguments, result.output)
        last = result.stderr.splitlines()[-1]
        assert last.startswith("dslite: "), (arguments, last)
        assert message in last, (arguments, last)
    assert not list(tmp_path.glob("*.png"))


def test_verbose_shows_where(demo: tuple[Path, str], tmp_path: Path) -> None:
    (tmp_path / "bad.tflite").write_bytes(b"nothing")
    result = dslite("info", tmp_path / "bad.tflite", "-v")
    assert result.returncode == 1
    assert "Traceback" in result.stderr


def test_a_full_disk_leaves_what_was_there(demo: tuple[Path, str], tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    out.write_text("old")

    def small_files_only() -> None:
        # A write past the limit fails as on a full disk once SIGXFSZ is ignored, as Python does.
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    command = [sys.executable, "-m", "dslite", "predict", demo[0] / "demo.tflite"]
    result = subprocess.run(
        [*command, demo[0] / "recordings" / "rain", "--csv", out],
        preexec_fn=small_files_only,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "answers.csv: cannot be written: File too large" in complaint(result)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_folder_that_grows(demo: tuple[Path, str], tmp_path: Path) -> None:
    """--skip-existing adds the new files' answers to those that are there; jobs change nothing."""
    recordings = sorted((demo[0] / "recordings" / "rain").iterdir())[:5]
    folder, table, model = tmp_path / "more", tmp_path / "a.csv", demo[0] / "demo.tflite"
    folder.mkdir()
    for path in recordings[:3]:
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "z bad.wav").touch()
    first = dslite("predict", model, folder, "--csv", table)
    assert complaint(first) == "dslite: 1 of 4 files left out"
    marked = re.sub(r",rain,(?=\d)", ",kept,", table.read_text(), count=1)
    table.write_text(marked)
    for path in recordings[3:]:
        (folder / path.name).write_bytes(path.read_bytes())
    again = dslite("predict", model, folder, "--csv", table, "--skip-existing")
    assert f"dslite: 3 of 6 files are answered in {table} already" in again.stderr.splitlines()
    assert complaint(again) == "dslite: 1 of 6 files left out"
    assert table.read_text().startswith(marked)
    whole = [dslite("predict", model, folder, "--jobs", jobs).stdout for jobs in "125"]
    assert whole[0] == whole[1] == whole[2] == table.read_text().replace(",kept,", ",rain,", 1)
    (tmp_path / "b.csv").write_text("file,start,end,label,another\n")
    other = dslite("predict", model, folder, "--csv", tmp_path / "b.csv", "--skip-existing")
    assert complaint(other).startswith(
        f"dslite: {tmp_path / 'b.csv'}: its columns are not those of this model"
    )
    assert dslite("predict", model, folder, "--skip-existing").returncode == 2


def test_lines_for_reading(tmp_path: Path) -> None:
    rows = AnswerRows([Path("a.wav"), Path("longer\x1b.wav")], ["ox", "elephant"], of_classes=True)
    answer = Answer(0.0, 2.5, "ox", np.float32([0.75, 0.25]), ("ox", "elephant"))
    assert rows.header() == "file                      seconds  answer    score"
    assert rows.row(Path("a.wav"), answer) == "a.wav                 0.00 – 2.50  ox        0.750"
    assert rows.row(Path("longer\x1b.wav"), answer) == r"longer\x1b.wav        0.00 – 2.50  ox        0.750"
    values = AnswerRows([Path("a.wav")], ["ox", "elephant weight"], of_classes=False)
    assert values.row(Path("a.wav"), Answer(0.0, 2.5, None, answer.scores)) == (
        "a.wav        0.00 – 2.50        0.75             0.25"
    )
