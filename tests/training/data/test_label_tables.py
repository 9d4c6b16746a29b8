"""Label tables and folders as people's programs leave them: what is read, and what is said of it."""

import os
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from dslite import Error
from dslite.training.data.split import by_default
from dslite.training.data.table import load


def audio_files(root: Path, *names: str) -> Path:
    """Files that are there; no one reads them here."""
    for name in names:
        path = os.path.join(os.fsencode(root), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb"):
            pass
    return root


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    return audio_files(tmp_path / "audio", "a.wav", "b.wav", "sub/c.wav")


@pytest.mark.parametrize(
    "content",
    [
        "file;label\na.wav;x\nb.wav;y\n;\n",
        "file,label\na.wav,x\nb.wav,y\n\n\n",
        "file,label\r\na.wav,x\r\nb.wav,y\r\n,\r\n",
        "\ufefffile\tlabel\r\na.wav\tx\r\nb.wav\ty",
        "sep=;\nfile;label\na.wav;x\nb.wav;y\n",
        '\ufeff"sep=|"\r\nfile|label\r\na.wav|x\r\nb.wav|y\r\n|\r\n',
        "file,label\rb.wav,y\ra.wav,x\r",
    ],
)
def test_tables_that_spreadsheets_write(tmp_path: Path, audio: Path, content: str) -> None:
    dataset = load(audio, write(tmp_path / "t.csv", content))
    assert dict(zip(dataset.files, dataset.labels, strict=True)) == {"a.wav": "x", "b.wav": "y"}
    assert list(dataset.table.columns) == ["file", "label"]


def test_lines_are_counted_as_an_editor_does(tmp_path: Path, audio: Path) -> None:
    with pytest.raises(Error, match=r"line 4: column 'label' is empty"):
        load(audio, write(tmp_path / "t.csv", "sep=;\nfile;label\na.wav;x\nb.wav;\n"))


@pytest.mark.parametrize(
    "label",
    [
        "क्\u200dष",
        "نمی\u200cخواهم",
        "no\u00a0break",
        "全角\u3000空白",
        "👩\u200d🚒",
        "it's",
        'a "b"',
        "a,b",
        "\ufffd",
    ],
)
def test_names_of_classes_in_any_script(tmp_path: Path, label: str) -> None:
    root = audio_files(tmp_path / "audio", f"{label}/0.wav", "other/0.wav")
    quoted = '"' + label.replace('"', '""') + '"'
    table = write(tmp_path / "t.csv", f"file,label\nother/0.wav,{quoted}\n")
    assert load(root, table).labels == [label]
    assert Counter(load(root).labels) == {label: 1, "other": 1}


@pytest.mark.parametrize("label", ["a\tb", "a\nb", "a\x1bb", "a\x85b", "a\u2028b", "a\u2029b", "\x7f"])
def test_names_that_no_model_can_carry(tmp_path: Path, label: str) -> None:
    root = audio_files(tmp_path / "audio", f"{label}/0.wav", "other/0.wav")
    with pytest.raises(Error, match="is not one line of text; rename it") as raised:
        load(root)
    assert str(raised.value).isprintable()
    table = write(tmp_path / "t.csv", f'file,label\nother/0.wav,"x{label}x"\n')
    with pytest.raises(Error, match=r"line 2: column 'label': .* is not one line of text"):
        load(root, table)


def test_a_class_folder_that_is_not_utf8(tmp_path: Path) -> None:
    root = audio_files(tmp_path / "audio", os.fsdecode(b"K\xe4se/0.wav"), "other/0.wav")
    with pytest.raises(Error, match="is not UTF-8; rename it"):
        load(root)


@pytest.mark.parametrize(
    "other", ["./a.wav", "sub/../a.wav", "sub//../a.wav", "link.wav", "linked/a.wav", ".\\a.wav"]
)
def test_one_file_in_two_spellings(tmp_path: Path, audio: Path, other: str) -> None:
    (audio / "link.wav").symlink_to("a.wav")
    (audio / "linked").symlink_to(".")
    for second in (other, str(audio / "a.wav")):
        table = write(tmp_path / "t.csv", f"file,label\na.wav,x\nb.wav,y\n{second},x\n")
        with pytest.raises(Error, match=r"line 4: .* is listed already in line 2"):
            load(audio, table)


def test_windows_paths(tmp_path: Path, audio: Path) -> None:
    dataset = load(audio, write(tmp_path / "t.csv", "file,label\na.wav,x\nsub\\c.wav,y\n"))
    assert dataset.files == ["a.wav", "sub/c.wav"]
    assert dataset.notes == (
        f"{tmp_path / 't.csv'}: 1 of 2 files are spelt otherwise in the folder: 'sub\\\\c.wav'",
    )


@pytest.mark.parametrize(("there", "named"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_the_same_letters_by_other_code_points(tmp_path: Path, there: str, named: str) -> None:
    name = unicodedata.normalize(there, "Käse/Élan.wav")
    root = audio_files(tmp_path / "audio", name, "b.wav")
    text = unicodedata.normalize(named, "Käse/Élan.wav")
    dataset = load(root, write(tmp_path / "t.csv", f"file,label\n{text},x\nb.wav,y\n"))
    assert dataset.files == [name, "b.wav"]
    assert all(path.is_file() for path in dataset.paths)
    assert len(dataset.notes) == 1


LATIN1 = b"K\xe4se.wav"


@pytest.mark.parametrize("cell", [LATIN1, rb"K\udce4se.wav"])
def test_names_of_files_are_bytes(tmp_path: Path, cell: bytes) -> None:
    root = audio_files(tmp_path / "audio", os.fsdecode(LATIN1), "b.wav")
    dataset = load(root, write(tmp_path / "t.csv", b"file,label\n" + cell + b",x\nb.wav,y\n"))
    assert os.fsencode(dataset.files[0]) == LATIN1
    assert dataset.paths[0].is_file()
    assert dataset.select([True, False]).files == dataset.files[:1]


def test_a_table_in_latin1_of_files_in_utf8(tmp_path: Path) -> None:
    root = audio_files(tmp_path / "audio", "Käse.wav", "b.wav")
    with pytest.raises(Error, match=r"not UTF-8 text .*; save the table as CSV UTF-8") as raised:
        load(root, write(tmp_path / "t.csv", b"file,label\n" + LATIN1 + b",x\nb.wav,y\n"))
    assert str(raised.value).isprintable()


def names(dataset: object) -> list[str]:
    return sorted(dataset.files)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("train", "valid", "test"),
    [
        ("train", "val", "test"),
        ("train", "dev", "test"),
        ("Train", "Devel", "Test"),
        ("training", "validation", "testing"),
        ("train", "valid", None),
        ("train", None, "test"),
    ],
)
def test_folders_that_are_parts(tmp_path: Path, train: str, valid: str | None, test: str | None) -> None:
    there = [part for part in (train, valid, test) if part]
    root = audio_files(
        tmp_path / "set",
        *(f"{part}/{label}/{part}{i}.wav" for part in there for label in ("dog", "cat") for i in range(2)),
    )
    dataset = load(root)
    assert dataset.classes == ["cat", "dog"]
    assert len(dataset.notes) == 1
    assert "taken as parts, not as classes" in dataset.notes[0]
    split = by_default(dataset, 0.2, seed=0)
    assert all(file.startswith(f"{train}/") for file in split.train.files)
    assert all(file.startswith(f"{test or valid}/") for file in split.test.files)
    assert len(split.train) == len(split.test) == 4
    assert len(split.valid) == (4 if valid and test else 0)


def test_classes_that_are_called_as_parts_stay_classes(tmp_path: Path) -> None:
    root = audio_files(tmp_path / "trains", "train/0.wav", "test/0.wav")
    assert load(root).classes == ["test", "train"]
    deeper = audio_files(tmp_path / "deeper", "train/day1/0.wav", "test/day2/0.wav")
    assert load(deeper).classes == ["test", "train"]
    other = audio_files(tmp_path / "other", "train/a/0.wav", "test/a/0.wav", "noise/a/0.wav")
    assert load(other).classes == ["noise", "test", "train"]


def test_what_lies_in_folders_and_is_not_taken_is_said(tmp_path: Path) -> None:
    root = audio_files(tmp_path / "set", "dog/0.wav", "dog/1.m4a", "cat/0.wav", "cat/notes.txt")
    (root / "cat" / "gone.wav").symlink_to("nowhere.wav")
    audio_files(tmp_path / "disk", "2.wav")
    (root / "dog" / "more").symlink_to(tmp_path / "disk")
    (root / "dog" / "loop").symlink_to(root / "dog")
    dataset = load(root)
    assert names(dataset) == ["cat/0.wav", "dog/0.wav", "dog/more/2.wav"]
    assert dataset.notes == (
        "2 files are not read, by the suffix: .txt (1), .m4a (1)",
        f"{root}/cat/gone.wav: a link to nothing, expected a file",
    )
