"""Ctrl-C and SIGTERM end a command quickly, quietly, and without leftovers; libraries' noise is silent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import dslite
from golden_models import write_clip
from small_models import write_classifier
from small_runs import RECIPE, write_recordings


def heed_ctrl_c() -> None:
    """In the child: a shell's background job ignores SIGINT, and so would what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(folder: Path, number: signal.Signals) -> subprocess.CompletedProcess[str]:
    """`dslite predict` on a pipe that never ends, stopped while it writes its CSV."""
    write_classifier(folder / "model.tflite", ["a", "b"])
    os.mkfifo(folder / "endless.wav")
    command = [sys.executable, "-m", "dslite", "predict", "model.tflite", "endless.wav", "--csv", "out.csv"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=folder, preexec_fn=heed_ctrl_c, **pipes)
    pipe = os.open(folder / "endless.wav", os.O_RDWR)  # opened by the reader as well, but never written to
    deadline = time.monotonic() + 60
    while not list(folder.glob(".out.csv.*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    os.close(pipe)
    assert time.monotonic() - began < 5
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.mark.parametrize(
    ("number", "code", "message"), [(signal.SIGINT, 130, "dslite: interrupted"), (signal.SIGTERM, 143, "")]
)
def test_a_signal_ends_a_command_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals, code: int, message: str
) -> None:
    result = interrupted(tmp_path, number)
    assert result.returncode == code, result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("dslite")]
    assert "\n".join(lines) == message
    assert "Traceback" not in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"model.tflite", "endless.wav"}


def test_an_interrupted_training_says_how_to_go_on(tmp_path: Path) -> None:
    recordings = write_recordings(tmp_path / "audio", 4).root
    (tmp_path / "recipe.toml").write_text(RECIPE.to_toml())
    (tmp_path / "tmp").mkdir()
    words = ["--recipe", "recipe.toml", "--backbone", "small_cnn", "--weights", "none", "--run", "run"]
    command = [sys.executable, "-m", "dslite", "train", str(recordings), *words]
    process = subprocess.Popen(
        [*command, "--fine-tune-epochs", "100000"],
        cwd=tmp_path,
        preexec_fn=heed_ctrl_c,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "run" / "history.csv").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert err.splitlines()[-2:] == [
        "dslite: run: the same command with --resume goes on with it",
        "dslite: interrupted",
    ]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_libraries_are_silent_unless_asked(tmp_path: Path) -> None:
    write_classifier(tmp_path / "model.tflite", ["a", "b"])
    quiet = dslite("bench", tmp_path / "model.tflite", "--repeats", "1")
    assert (quiet.returncode, quiet.stderr) == (0, "")
    loud = dslite("bench", tmp_path / "model.tflite", "--repeats", "1", "-v")
    assert "XNNPACK" in loud.stderr


@pytest.mark.parametrize(
    ("redirections", "code", "said"),
    [
        ("<&-", 0, ""),
        (">&-", 1, "dslite: standard output: is closed"),
        ("2>&-", 0, None),
        ("<&- >&- 2>&-", 1, None),
        (">/dev/full", 1, "dslite: standard output: No space left on device"),
        ("2>/dev/full", 0, None),
    ],
)
def test_closed_and_full_streams(tmp_path: Path, redirections: str, code: int, said: str | None) -> None:
    """Answers that nobody can get are an error; messages that nobody wants are not."""
    model = write_classifier(tmp_path / "model.tflite", ["a", "b"])
    clip = write_clip(tmp_path / "clip.wav")
    command = f'exec "{sys.executable}" -m dslite predict "{model}" "{clip}" {redirections}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    if said is not None:
        assert done.stderr.strip() == said
    if ">&-" in redirections.replace("2>&-", "") or redirections == ">/dev/full":
        assert done.stdout == ""
    else:
        assert done.stdout.startswith("file,start,end,label,a,b\n")
    assert {path.name for path in tmp_path.iterdir()} == {"model.tflite", "clip.wav"}


def test_progress_on_a_full_disk_costs_no_answer(tmp_path: Path) -> None:
    model = write_classifier(tmp_path / "model.tflite", ["a", "b"])
    clip = write_clip(tmp_path / "clip.wav")
    command = f'exec "{sys.executable}" -m dslite explain "{model}" "{clip}" --chunk 0 2>/dev/full'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("option", ["--version", "--help"])
@pytest.mark.parametrize(
    ("redirection", "said"), [(">&-", "is closed"), (">/dev/full", "No space left on device")]
)
def test_help_that_nobody_can_read(option: str, redirection: str, said: str) -> None:
    command = f'exec "{sys.executable}" -m dslite {option} {redirection}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("dslite: ")
    assert done.stderr.strip().endswith(said)
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_has_enough_ends_the_command_quietly(tmp_path: Path) -> None:
    model = write_classifier(tmp_path / "model.tflite", ["a", "b"])
    clips = [str(write_clip(tmp_path / f"{i}.wav")) for i in range(200)]
    command = [sys.executable, "-m", "dslite", "predict", str(model), *clips]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("file,")
        process.stdout.close()
        assert process.stderr.read() == ""
