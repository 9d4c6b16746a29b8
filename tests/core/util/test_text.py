"""Text for files: what is escaped comes back, what is quoted reads back."""

import csv
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest

from dslite import Answer
from dslite.formats import csv_header, csv_row
from dslite.util.text import csv_line, escaped, name_fault, unescaped, utf8


@pytest.mark.parametrize("name", [b"plain", b"K\xe4se.wav", "Käse".encode(), b"\x80\xff", b"a\nb", b"\\"])
def test_names_come_back_as_their_bytes(name: bytes) -> None:
    text = escaped(os.fsdecode(name))
    assert os.fsencode(unescaped(text)) == name
    assert text == json.loads(json.dumps(text))
    assert utf8(os.fsdecode(name)).decode() == text


@pytest.mark.parametrize("cell", ["a,b", 'a "b"', "a\nb", "a\rb", "\r\n", "", " a "])
def test_csv_reads_back(cell: str) -> None:
    line = csv_line(["x", cell, "y"])
    assert list(csv.reader(io.StringIO(line + "\n", newline=""))) == [["x", cell, "y"]]


def test_classes_named_as_columns_have_columns_of_their_own() -> None:
    labels = ["start", "label", "dog"]
    answer = Answer(0.0, 1.0, "start", np.float32([0.5, 0.25, 0.25]))
    text = f"{csv_header(labels)}\n{csv_row(Path('a.wav'), answer)}\n"
    (row,) = csv.DictReader(io.StringIO(text))
    assert row == {
        "file": "a.wav",
        "start": "0",
        "end": "1",
        "label": "start",
        "score:start": "0.5",
        "score:label": "0.25",
        "dog": "0.25",
    }


def test_what_is_a_name_of_a_class() -> None:
    assert [name_fault(name) for name in ("dog", "a b", "क्\u200dष")] == ["", "", ""]
    assert name_fault(" ") == "is empty"
    assert name_fault("\udce4") == "is not UTF-8"
    assert name_fault("a\u2028b") == name_fault("a\n") == "is not one line of text"
