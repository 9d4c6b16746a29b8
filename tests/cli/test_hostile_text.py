"""What hostile files say is shown, and commands no terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint
from command_line import dslite as run
from small_models import QUICK, classifier_network, write_classifier

import dslite
from dslite.training.bundle.write import core_entries, write_bundle
from dslite.util.progress import PlainConsole
from dslite.util.text import printable

#: Clears the screen, sets the title, the same as C1, rings, erases a character, hides what follows.
ORDERS = "\x1b[2J\x1b]0;owned\x07\x9b2J\x08\x7f\x1b[8m"
SHOWN = r"\x1b[2J\x1b]0;owned\x07\x9b2J\x08\x7f\x1b[8m"
C1 = {chr(code) for code in range(0x80, 0xA0)}


def orders_in(text: str) -> set[str]:
    """The control characters that text holds, but for its lines and columns."""
    return {c for c in text if (c < " " and c not in "\n\t") or c == "\x7f" or c in C1}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A bundle whose every text gives orders."""
    entries = core_entries(QUICK, ["dog"], {"": {"task": "classes", "backbone": "x"}})
    comment = f"# {ORDERS}\n".encode()
    entries["recipe.toml"] += comment
    entries["model.toml"] += comment
    entries["card.md"] = f"# A model\n\n{ORDERS}\n".encode()
    write_bundle(tmp_path / "model.tflite", classifier_network(1), entries)
    return tmp_path / "model.tflite"


def test_printable():
    assert printable(f"Grüße, 日本\n{ORDERS}") == rf"Grüße, 日本\x0a{SHOWN}"
    assert printable("a\n\tb\r", "\n\t") == "a\n\tb\\x0d"
    assert printable(os.fsdecode(b"caf\xe9") + "\ud800") == r"caf\xe9\ud800"


def test_info(hostile, cpp_build):
    result = run("info", hostile)
    assert (result.returncode, orders_in(result.stdout)) == (0, set())
    assert result.stdout.count(SHOWN) == 3
    board = subprocess.run(
        [cpp_build / "cpp" / "tool" / "dslite-run", "--info", hostile], capture_output=True, text=True
    )
    assert orders_in(board.stdout + board.stderr) == set()
    assert board.stdout.count(SHOWN.replace(r"\x9b", r"\xc2\x9b")) == 2


@pytest.mark.parametrize("name", [f"a{ORDERS}.wav", "line\nbreak.wav"])
def test_names_in_errors(tmp_path, cpp_build, name):
    model = write_classifier(tmp_path / "model.tflite", ["dog"])
    clip = tmp_path / name
    clip.write_bytes(b"RIFF")
    said = complaint(run("predict", model, clip)), run("predict", model, clip).stderr
    assert orders_in("".join(said)) == set()
    board = subprocess.run(
        [cpp_build / "cpp" / "tool" / "dslite-run", model, clip], capture_output=True, text=True
    )
    assert board.returncode == 1
    assert orders_in(board.stderr) == set()
    assert all(line.startswith("dslite-run: ") for line in board.stderr.splitlines())


@pytest.mark.parametrize("text", [f"key = {ORDERS}\n", f"[chunk]\nseconds = {ORDERS}\n", f'x = "\\{ORDERS}"'])
def test_errors_that_quote_a_file(hostile, tmp_path, cpp_build, text):
    entries = core_entries(QUICK, ["dog"], {"": {"task": "classes"}}) | {"recipe.toml": text.encode()}
    write_bundle(hostile, classifier_network(1), entries)
    for verbose in ([], ["-v"]):
        result = run("verify", hostile, *verbose)
        assert (result.returncode, orders_in(result.stderr)) == (1, set())
        assert ("Traceback" in result.stderr) == bool(verbose)
    program = cpp_build / "cpp" / "tool" / "dslite-run"
    board = subprocess.run([program, "--verify", hostile], capture_output=True, text=True)
    assert (board.returncode, orders_in(board.stderr)) == (1, set())
    assert board.stderr.startswith("dslite-run: ")


def test_labels_with_c1_controls_are_refused(hostile):
    entries = core_entries(QUICK, ["dog\x9b2J"], {"": {"task": "classes"}})
    write_bundle(hostile, classifier_network(1), entries)
    with pytest.raises(dslite.Error, match=r"labels.txt, line 1: has a control character"):
        dslite.Model(hostile)


def test_json_of_a_hostile_name(tmp_path, cpp_build):
    import json
    import wave

    model = write_classifier(tmp_path / "model.tflite", ["dog"])
    clip = tmp_path / "a\x7f\x1b\x9b.wav"
    with wave.open(str(clip), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.zeros(4000, "<i2").tobytes())
    result = run("predict", model, clip, "--json")
    program = cpp_build / "cpp" / "tool" / "dslite-run"
    runtime = dslite.Model(model).runtime.partition("(")[2].rstrip(")")
    board = subprocess.run([program, f"--runtime={runtime}", model, clip], capture_output=True, text=True)
    assert result.stdout == board.stdout
    assert orders_in(result.stdout) == set()
    assert json.loads(result.stdout)["file"] == str(clip)


def test_tables_and_progress(capsys):
    from rich.table import Table
    from rich.text import Text

    table = Table(title=ORDERS)
    table.add_column(Text(ORDERS))
    table.add_row(Text(ORDERS))
    table.add_row(f"{ORDERS}\nsecond line")
    console = PlainConsole(file=sys.stdout, width=200, highlight=False, color_system=None)
    console.print(table, ORDERS)
    shown = capsys.readouterr().out
    assert orders_in(shown) == set()
    assert shown.count(r"\x1b[2J") == 5


def test_errors_that_are_no_utf8():
    # The first byte of a character alone, as the parser quotes it.
    with pytest.raises(ValueError, match="unknown escape") as raised:
        dslite.Recipe.from_toml('[audio]\nchannel = "\\ü"\n')
    assert not isinstance(raised.value, UnicodeDecodeError)
    with pytest.raises(dslite.Error, match="cannot be read"):
        dslite._dslite.read_bundle(b"/nowhere/caf\xe9")
