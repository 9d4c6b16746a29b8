"""The build for Windows, under Wine: the program, the library, and LiteRT out of its Windows wheel.

No Windows is here. What Wine cannot show is left to the workflow that builds wheels.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cpp_builds import REPOSITORY, WINDOWS, find_tool, run
from golden_models import write_clip, write_golden

import dslite

SYSTEM = {"KERNEL32.dll", "SHELL32.dll"}
TARGET = ["-target", "x86_64-windows-gnu"]
SOUND_S = 48000 / 44100


@pytest.fixture(scope="module")
def wine() -> str:
    emulator, _ = WINDOWS.emulation()
    return emulator


@pytest.fixture(scope="module")
def folder(wine, cross_build) -> Path:
    return cross_build(WINDOWS)


@pytest.fixture(scope="module")
def program(folder) -> Path:
    return folder / "cpp" / "tool" / "dslite-run.exe"


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> tuple[Path, Path]:
    """A model and a clip whose paths are not in ASCII."""
    folder = tmp_path_factory.mktemp("Grüße 日本")
    return write_golden(folder / "Käuzchen.tflite"), write_clip(folder / "Übung.wav")


@pytest.fixture(scope="module")
def litert(tmp_path_factory) -> Path:
    """libLiteRt.dll beside the C++ library of Microsoft's that it needs: from $DSLITE_WHEELS, or by pip."""
    folder = tmp_path_factory.mktemp("litert")
    wanted = f"ai-edge-litert=={importlib.metadata.version('ai-edge-litert')}", "msvc-runtime"
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    command += ["--platform", "win_amd64", "--python-version", "3.11", "-d", str(folder)]
    if wheels := os.environ.get("DSLITE_WHEELS"):
        command += ["--no-index", "--find-links", wheels]
    done = subprocess.run([*command, *wanted], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no Windows wheels of {' and '.join(wanted)}: {done.stderr.strip()[-200:]}")
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as file:
            for name in file.namelist():
                if name.endswith(".dll"):
                    (folder / Path(name).name).write_bytes(file.read(name))
    return folder / "libLiteRt.dll"


def call(*command: str | Path, sound: bytes | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **dict(WINDOWS.environment)}
    words = [str(word) for word in command]
    done = subprocess.run(words, input=sound, capture_output=True, env=environment, timeout=300)
    text = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(words, done.returncode, *text)


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (REPOSITORY / "cpp" / "tests").glob("test_*.cpp"))
)
def test_cpp_tests_pass(name, wine, folder, model, litert, tmp_path, monkeypatch):
    network = tmp_path / "network.tflite"
    bundle = model[0].read_bytes()
    network.write_bytes(bundle[: bundle.index(b"PK\3\4")])
    monkeypatch.setenv("DSLITE_TEST_LIBRARIES", str(litert))
    monkeypatch.setenv("DSLITE_TEST_MODEL", str(network))
    monkeypatch.chdir(tmp_path)
    done = call(wine, folder / "cpp" / "tests" / f"{name}.exe")
    assert done.returncode in (0, 77), done.stdout + done.stderr
    assert " 0 failed" in done.stdout


def test_the_program_verifies_and_answers_as_here(wine, program, model, litert):
    bundle, clip = model
    verified = call(wine, program, "--runtime", litert, "--verify", bundle)
    assert verified.stdout.count("the same bits") == 3, verified.stderr
    assert "scores: 3 values, within" in verified.stdout
    done = call(wine, program, "--runtime", litert, bundle, clip)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    expected = list(dslite.Model(bundle).predict(clip))
    assert [line["file"] for line in found] == [str(clip)] * len(expected)
    for line, answer in zip(found, expected, strict=True):
        assert (line["start"], line["label"]) == (answer.start_s, answer.label)
        assert list(line["scores"].values()) == pytest.approx(list(answer.scores), abs=1e-5)
    # A raw byte 26 ends a text on Windows, and 13 goes missing before 10: sound is no text.
    sound = clip.read_bytes()[44:]
    assert {b"\x1a", b"\r\n"} <= {sound[i : i + n] for i in range(len(sound)) for n in (1, 2)}
    raw = call(
        wine, program, "--runtime", litert, "--rate", "44100", "--channels=2", bundle, "-", sound=sound
    )
    named = [{**json.loads(line), "file": str(clip)} for line in raw.stdout.splitlines()]
    assert named == found


def test_what_goes_wrong_is_one_line(wine, program, model, litert):
    bundle, clip = model
    missing = bundle.with_name("fehlt-ß.tflite")
    for words, told in [
        ([missing, clip], f"{missing}: cannot be read: No such file or directory"),
        ([bundle.parent, clip], "cannot be read: Is a directory"),
        (["--runtime", "/nowhere.dll", bundle, clip], "/nowhere.dll: No such file or directory"),
        (["--runtime", clip, bundle, clip], f"{clip}: cannot be loaded: "),
        (["--runtime", litert, "--mic", bundle], "--mic: only Linux's microphones are known"),
    ]:
        done = call(wine, program, *words)
        assert done.returncode == 1
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("dslite-run: ")]
        assert told in line
    assert call(wine, program, "--nonsense").returncode == 2


def test_ctrl_c_answers_the_tail(wine, program, model, litert, tmp_path):
    interrupt = tmp_path / "interrupt.exe"
    source = REPOSITORY / "tests" / "board" / "interrupt.c"
    run(WINDOWS.require_compiler(), "cc", *TARGET, "-municode", source, "-o", interrupt)
    listen = [program, "--runtime", litert, "--rate", "44100", "--channels=2", model[0], "-"]
    environment = {**os.environ, **dict(WINDOWS.environment)}
    live = subprocess.Popen(
        [str(word) for word in (wine, interrupt, "5", "--", *listen)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    live.stdin.write(model[1].read_bytes()[44:])
    live.stdin.flush()  # and stays open: without Ctrl-C the program would wait for more
    answers = [json.loads(line) for line in live.stdout]
    assert live.wait(timeout=60) == 0
    assert answers[-1]["end"] == pytest.approx(SOUND_S, abs=1e-3)


def test_the_library_exports_the_c_api_alone(wine, folder, tmp_path):
    library = folder / "cpp" / "c_api" / "dslite.dll"
    said = run(find_tool("objdump"), "-p", library)
    header = (REPOSITORY / "cpp" / "include" / "dslite" / "dslite.h").read_text()
    declared = set(re.findall(r"^DSLITE_API .*?\b(dslite_\w+)\(", header, re.MULTILINE))
    assert set(re.findall(r"^\s+\[ *\d+\].* (\w+)$", said.split("Name Pointer] Table")[1], re.M)) == declared
    needed = set(re.findall(r"DLL Name: (\S+)", said))
    assert {name for name in needed if not name.startswith("api-ms-win-crt-")} <= SYSTEM

    program = tmp_path / "answers.exe"
    source = REPOSITORY / "tests" / "board" / "c_api" / "answers.c"
    include = REPOSITORY / "cpp" / "include"
    link = library.with_name("libdslite.dll.a")
    run(WINDOWS.require_compiler(), "cc", *TARGET, "-I", include, source, link, "-o", program)
    (tmp_path / library.name).write_bytes(library.read_bytes())
    done = call(wine, program, "no-model", "no-runtime", "16000", "1", "10")
    assert done.returncode == 1
    assert done.stderr.strip() == "answers: no-model: cannot be read: No such file or directory"
