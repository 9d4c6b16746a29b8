"""A folder per class, or parts (train, val, test) with a folder per class in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dslite import Error
from dslite.recordings import LeftOut, audio_in, is_audio, suffixes_text
from dslite.util.text import name_fault, shorten

#: What folders of a part are called, and the part.
PART_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "devel", "development"), "valid"),
    **dict.fromkeys(("test", "testing"), "test"),
}


@dataclass
class Found:
    """The files below a folder, each with its label and, where folders are parts, its part."""

    files: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def scan(audio_dir: Path) -> Found:
    """Take each sub-folder of ``audio_dir`` as a class of the audio files in it and below.

    Where the sub-folders are called as parts (train, val, test …) and each holds folders of the classes of
    the training part, they are parts.

    Raises:
        Error: no sub-folder, one without audio, or audio that lies beside them.
    """
    found, left_out = Found(), LeftOut()
    folders = _class_folders(audio_dir)
    parts = _parts(folders)
    for folder in folders:
        for label in _class_folders(folder) if parts else [folder]:
            files = _files_of(label, left_out)
            found.files += [path.relative_to(audio_dir).as_posix() for path in files]
            found.labels += [label.name] * len(files)
            found.parts += [parts[folder]] * len(files) if parts else []
    if parts:
        said = ", ".join(f"{folder.name} ({found.parts.count(part)} files)" for folder, part in parts.items())
        found.notes.append(f"{audio_dir}: its folders are taken as parts, not as classes: {said}")
    found.notes += [note for note in (left_out.note(),) if note]
    found.notes += [failure.message for failure in left_out.failures]
    return found


def _class_folders(folder: Path) -> list[Path]:
    """The sub-folders, where nothing else is there to be learnt."""
    entries = sorted(entry for entry in _entries(folder) if not entry.name.startswith("."))
    folders = [entry for entry in entries if entry.is_dir()]
    if not folders:
        raise Error(f"{folder}: no sub-folder to take as a class; a label table needs --labels")
    if outside := [entry.name for entry in entries if entry.is_file() and is_audio(entry)]:
        raise Error(f"{folder}: outside the class folders lie {shorten(outside)}")
    return folders


def _entries(folder: Path) -> Iterator[Path]:
    try:
        return folder.iterdir()
    except OSError as error:
        raise Error(f"{folder}: {error.strerror}; expected a folder that can be read") from error


def _files_of(folder: Path, left_out: LeftOut) -> list[Path]:
    """The recordings of a class."""
    if fault := name_fault(folder.name):
        raise Error(f"{str(folder)!r}: the name of this class folder {fault}; rename it")
    before = len(left_out.failures)
    files = audio_in(folder, left_out)
    if not files:
        detail = suffixes_text()
        if len(left_out.failures) > before:
            detail = left_out.failures[before].message
        raise Error(f"{folder}: no audio file in this class folder ({detail})")
    return files


def _parts(folders: list[Path]) -> dict[Path, str]:
    """The part that each folder is, or nothing where they are classes."""
    parts = {folder: PART_NAMES.get(folder.name.lower(), "") for folder in folders}
    names = list(parts.values())
    if len(names) < 2 or "train" not in names or "" in names or len(set(names)) < len(names):
        return {}
    classes = {part: _sub_folders(folder) for folder, part in parts.items()}
    alike = all(found and found <= classes["train"] for found in classes.values())
    holds_audio = any(is_audio(entry) for folder in folders for entry in _entries(folder))
    return parts if alike and not holds_audio else {}


def _sub_folders(folder: Path) -> set[str]:
    return {entry.name for entry in _entries(folder) if entry.is_dir() and not entry.name.startswith(".")}
