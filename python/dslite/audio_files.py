"""Which files are audio, and where they lie."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

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
    return sorted(
        path
        for path in folder.rglob("*")
        if is_audio(path)
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def expand(paths: Iterable[Path]) -> list[Path]:
    """Replace each folder by the audio files in it; files stay, whatever their name.

    Raises:
        Error: a folder holds no audio file.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        found = audio_in(path)
        if not found:
            raise Error(f"{path}: no audio file in this folder ({suffixes_text()})")
        files.extend(found)
    return files


def suffixes_text() -> str:
    """Name the suffixes that count as audio, for messages."""
    return "known: " + " ".join(sorted(AUDIO_SUFFIXES))


def shorten(names: Iterable[str], most: int = 3) -> str:
    """Write the first few names and how many more there are: ``'a', 'b' and 7 more``."""
    listed = list(names)
    text = ", ".join(f"'{name}'" for name in listed[:most])
    return text if len(listed) <= most else f"{text} and {len(listed) - most} more"
