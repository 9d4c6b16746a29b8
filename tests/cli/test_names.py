"""Recordings whose names are no UTF-8, or have two lines, through the programs."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command_line import complaint, dslite
from small_models import write_classifier

from dslite.util.text import unescaped

NAMES = [b"K\xe4se.wav", b"two\nlines.flac", "Élan.wav".encode()]


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in NAMES:
        kind = name.decode("latin-1")[-4:].strip(".").upper()
        path = os.path.join(os.fsencode(folder), name)
        soundfile.write(path, np.random.default_rng(0).uniform(-0.1, 0.1, 8000), 16000, format=kind)
    return folder


def read(text: str) -> list[bytes]:
    rows = csv.DictReader(text.splitlines(keepends=True))
    return sorted({os.fsencode(Path(unescaped(row["file"])).name) for row in rows})


def test_every_output_names_them(tmp_path: Path, recordings: Path) -> None:
    model = write_classifier(tmp_path / "m.tflite", ["start", "dog"])
    plain = dslite("predict", model, recordings)
    assert plain.returncode == 0, plain.stderr
    assert read(plain.stdout) == sorted(NAMES)
    answers = [
        json.loads(line) for line in dslite("predict", model, recordings, "--json").stdout.splitlines()
    ]
    assert sorted({os.fsencode(Path(one["file"]).name) for one in answers}) == sorted(NAMES)
    done = dslite("predict", model, recordings, "--csv", tmp_path / "x.csv")
    assert done.returncode == 0, done.stderr
    assert read((tmp_path / "x.csv").read_text(encoding="utf-8")) == sorted(NAMES)
    quick = ("--backbone", "small_cnn", "--weights", "none", "-o", tmp_path / "f.csv")
    done = dslite("embed", recordings, *quick)
    assert done.returncode == 0, done.stderr
    assert read((tmp_path / "f.csv").read_text(encoding="utf-8")) == sorted(NAMES)
    done = dslite("inspect", recordings, "-o", tmp_path / "i.html")
    assert done.returncode == 0, done.stderr


def test_a_bad_one_is_named_and_the_rest_is_done(tmp_path: Path, recordings: Path) -> None:
    for name in (b"b\xe4d.wav", b"b\xe4d.raw"):
        with open(os.path.join(os.fsencode(recordings), name), "wb") as file:
            file.write(b"RIFF1234WAVE" if name.endswith(b"wav") else bytes(64))
    model = write_classifier(tmp_path / "m.tflite", ["cat", "dog"])
    raw = os.fsdecode(os.path.join(os.fsencode(recordings), b"b\xe4d.raw"))
    done = dslite("predict", model, recordings, raw)
    assert complaint(done) == "dslite: 2 of 5 files left out"
    assert read(done.stdout) == sorted(NAMES)
    assert r"b\xe4d.wav" in done.stderr
    assert r"b\xe4d.raw" in done.stderr
