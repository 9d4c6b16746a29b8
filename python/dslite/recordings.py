"""Which files are audio, and where they lie."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

from dslite import Error
from dslite.util.failures import Failure

#: What libsndfile decodes, by the names such files go by.
AUDIO_SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc"}
    | {".au", ".snd", ".w64", ".rf64", ".caf"}
)


def is_audio(path: Path) -> bool:
    """Whether ``path`` is an audio file by its name; hidden files are not."""
    return path.suffix.lower() in AUDIO_SUFFIXES and not path.name.startswith(".")


class LeftOut:
    """What lies in folders and was not taken: files by their suffix, and what cannot be read at all."""

    def __init__(self) -> None:
        self.suffixes: Counter[str] = Counter()
        self.failures: list[Failure] = []

    def note(self) -> str:
        """One line on the files that are no audio by their suffix, or ""."""
        if not self.suffixes:
            return ""
        counts = ", ".join(f"{suffix or 'no suffix'} ({n})" for suffix, n in self.suffixes.most_common(8))
        total = sum(self.suffixes.values())
        return f"{total} {'file is' if total == 1 else 'files are'} not read, by the suffix: {counts}"


def audio_in(folder: Path, left_out: LeftOut | None = None) -> list[Path]:
    """List the audio files in ``folder`` and below, sorted, hidden folders left out.

    Linked folders are followed; a folder that is reached twice, as in a loop, is read once.
    """
    return [Path(name) for name in _audio_names(os.fspath(folder), left_out or LeftOut())]


def _audio_names(folder: str, left_out: LeftOut, seen: set[tuple[int, int]] | None = None) -> Iterator[str]:
    """The audio files in ``folder`` and below in the order of their paths, as text."""
    seen = set() if seen is None else seen
    try:
        status = os.stat(folder)
        if (place := (status.st_dev, status.st_ino)) in seen:
            return
        seen.add(place)
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        left_out.failures.append(
            Failure(Path(folder), f"{folder}: {error.strerror}; this folder is left out")
        )
        return
    for entry in (one for one in entries if not one.name.startswith(".")):
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError as error:  # a link to itself
            left_out.failures.append(Failure(Path(entry.path), f"{entry.path}: {error.strerror}"))
            continue
        if is_folder:
            yield from _audio_names(entry.path, left_out, seen)
        elif not is_audio(Path(entry.name)):
            left_out.suffixes[Path(entry.name).suffix.lower()] += 1
        elif is_file:
            yield entry.path
        else:
            what = "a link to nothing" if entry.is_symlink() else "a pipe or a device"
            left_out.failures.append(Failure(Path(entry.path), f"{entry.path}: {what}, expected a file"))


class Paths(Sequence[Path]):
    """Files below a folder, each a path only when it is asked for: 100 000 of them take tens of MB."""

    def __init__(self, root: Path, names: Any) -> None:
        self._root = root
        self._names = names  # a list of str, or a pandas Series

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> Paths: ...
    def __getitem__(self, index: int | slice) -> Path | Paths:
        found = getattr(self._names, "iloc", self._names)[index]
        return Paths(self._root, found) if isinstance(index, slice) else self._root / found

    def __iter__(self) -> Iterator[Path]:
        return (self._root / name for name in self._names)


def expand_names(paths: Iterable[Path], left_out: LeftOut | None = None) -> list[str]:
    """As ``expand``, but text, of which a hundred thousand fit into memory many times."""
    left_out = left_out or LeftOut()
    return [name for path in paths for name in _names(path, left_out)]


def expand(paths: Iterable[Path], left_out: LeftOut | None = None) -> list[Path]:
    """Replace each folder by the audio files in it; files stay, whatever their name.

    Args:
        left_out: collects what lies in the folders and is not taken.

    Raises:
        Error: a folder holds no audio file.
    """
    return [Path(name) for name in expand_names(paths, left_out)]


def _names(path: Path, left_out: LeftOut) -> Iterator[str]:
    if not path.is_dir():
        yield os.fspath(path)
        return
    before = len(left_out.failures)
    found = _audio_names(os.fspath(path), left_out)
    first = next(found, None)
    if first is None:
        if len(left_out.failures) > before:
            raise Error(left_out.failures[before].message)
        note = f"; {left_out.note()}" if left_out.suffixes else ""
        raise Error(f"{path}: no audio file in this folder ({suffixes_text()}){note}")
    yield first
    yield from found


def suffixes_text() -> str:
    """Name the suffixes that count as audio, for messages."""
    return "known: " + " ".join(sorted(AUDIO_SUFFIXES))
