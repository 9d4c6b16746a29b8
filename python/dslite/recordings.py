"""Which files are audio, and where they lie."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, overload

from dslite import Error

#: What libsndfile decodes, by the names such files go by.
AUDIO_SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc"}
    | {".au", ".snd", ".w64", ".rf64", ".caf"}
)


def is_audio(path: Path) -> bool:
    """Tell by its name whether ``path`` is an audio file; hidden files are not."""
    return path.suffix.lower() in AUDIO_SUFFIXES and not path.name.startswith(".")


def audio_in(folder: Path) -> list[Path]:
    """List the audio files in ``folder`` and below, sorted, hidden folders left out."""
    return [Path(name) for name in _audio_names(os.fspath(folder))]


def _audio_names(folder: str) -> Iterator[str]:
    """The audio files in ``folder`` and below in the order of their paths, as text."""
    with suppress(PermissionError):
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    yield from _audio_names(entry.path)
            elif entry.is_file() and is_audio(Path(entry.name)):
                yield entry.path


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


def expand_names(paths: Iterable[Path]) -> list[str]:
    """As ``expand``, but text, of which a hundred thousand fit into memory many times."""
    return [name for path in paths for name in _names(path)]


def expand(paths: Iterable[Path]) -> list[Path]:
    """Replace each folder by the audio files in it; files stay, whatever their name.

    Raises:
        Error: a folder holds no audio file.
    """
    return [Path(name) for path in paths for name in _names(path)]


def _names(path: Path) -> Iterator[str]:
    if not path.is_dir():
        yield os.fspath(path)
        return
    found = _audio_names(os.fspath(path))
    first = next(found, None)
    if first is None:
        raise Error(f"{path}: no audio file in this folder ({suffixes_text()})")
    yield first
    yield from found


def suffixes_text() -> str:
    """Name the suffixes that count as audio, for messages."""
    return "known: " + " ".join(sorted(AUDIO_SUFFIXES))
