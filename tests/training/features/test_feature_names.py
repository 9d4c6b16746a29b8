"""Names of files and labels in ARFF and CSV: read back by others as they were."""

import os
from pathlib import Path

import numpy as np
import pytest
from feature_tables import read_back, weka_tokens
from scipy.io import arff

from dslite.training.features.files import Columns, writing
from dslite.util.text import unescaped

ODD_NAMES = ["Cassin's finch", "a b", "plain", "?", "%", "{x}", "a,b", "it's 'so'", "ends'", "'begins"]


HARDER_NAMES = ['a "b"', "back\\slash", "C:\\new\\table", "line\nbreak", "tab\tx", "cr\rx", "Käse", "\\"]


def write_arff(path: Path, names: list[str], labels: list[str]) -> str:
    with writing(path, Columns(names, ["x_0"], times=False, labels=labels)) as writer:
        for index in range(len(names)):
            writer.add(index, 0.0, 1.0, np.float32([index]))
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("first", range(len(ODD_NAMES)))
def test_arff_reads_back_by_scipy_whatever_comes_first(tmp_path: Path, first: int) -> None:
    labels = ODD_NAMES[first:] + ODD_NAMES[:first]
    names = [f"{label}/0.wav" for label in labels]
    write_arff(tmp_path / "x.arff", names, labels)
    rows, about = arff.loadarff(tmp_path / "x.arff")
    assert [value.decode() for value in rows["label"]] == labels
    assert [value.decode() for value in rows["file"]] == names
    assert about["label"] == ("nominal", tuple(sorted(labels)))
    write_arff(tmp_path / "one.arff", names[:1], labels[:1])
    assert arff.loadarff(tmp_path / "one.arff")[0]["label"][0].decode() == labels[0]


def test_arff_reads_back_by_weka(tmp_path: Path) -> None:
    labels = ODD_NAMES + HARDER_NAMES
    names = [f"{label}/0.wav" for label in labels]
    lines = write_arff(tmp_path / "x.arff", names, labels).split("\n")
    header = {tokens[1]: tokens[2:] for tokens in map(weka_tokens, lines) if tokens[:1] == ["@attribute"]}
    assert header == {"file": names, "x_0": ["numeric"], "label": sorted(labels)}
    data = lines[lines.index("@data") + 1 :]
    assert [weka_tokens(line) for line in data if line] == [
        [name, str(index), label] for index, (name, label) in enumerate(zip(names, labels, strict=True))
    ]


@pytest.mark.parametrize("suffix", ["csv", "arff", "npz", "parquet"])
def test_names_that_are_no_utf8_or_have_two_lines(tmp_path: Path, suffix: str) -> None:
    names = [os.fsdecode(b"K\xe4se.wav"), "two\nlines.wav"]
    path = tmp_path / f"x.{suffix}"
    with writing(path, Columns(names, ["x_0"], times=False, labels=["a", "b"])) as writer:
        for index in range(2):
            writer.add(index, 0.0, 1.0, np.float32([index]))
    if suffix == "arff":
        data = path.read_text(encoding="utf-8").split("@data\n")[1].splitlines()
        read = [weka_tokens(line)[0] for line in data]
    else:
        read = list(read_back(path)["file"])
    assert read == ["K\\udce4se.wav", "two\nlines.wav"]
    assert [os.fsencode(unescaped(name)) for name in read] == [b"K\xe4se.wav", b"two\nlines.wav"]
