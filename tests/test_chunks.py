"""Recordings decoded into the cache: chunk by chunk what the core cuts, however it is laid out."""

import wave
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dslite import FrontEnd, Recipe, read_audio
from dslite.audio_files import Paths, audio_in, expand, expand_names
from dslite.training.chunks import decode


def write(path: Path, samples: np.ndarray, rate_hz: int = 16000) -> None:
    """16 bits, one channel a column."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1] if samples.ndim == 2 else 1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())


@pytest.mark.parametrize("tail", ["pad", "repeat", "drop"])
@pytest.mark.parametrize(("seconds", "hop_seconds"), [(0.5, 0.2), (0.5, 0.5), (0.3, 0.7), (0.0, 1.0)])
def test_decoded_chunks_are_the_cores(tmp_path: Path, tail: str, seconds: float, hop_seconds: float) -> None:
    recipe = Recipe().replace(chunk={"seconds": seconds, "hop_seconds": hop_seconds, "tail": tail})
    front = FrontEnd(recipe)
    rng = np.random.default_rng(0)
    paths = []
    for index, count in enumerate([16000, 8000, 7999, 20011, 22050]):
        paths.append(tmp_path / f"{index}.wav")
        write(paths[-1], rng.uniform(-0.5, 0.5, count), 22050 if index == 4 else 16000)
    (tmp_path / "bad.wav").touch()
    chunks, failures = decode([*paths, tmp_path / "bad.wav"], front, tmp_path / "cache.f32")
    expected = [(i, c) for i, path in enumerate(paths) for c in front.chunks(read_audio(path, 16000))]
    assert list(chunks.file_of) == [index for index, _ in expected]
    for index, (_, chunk) in enumerate(expected):
        np.testing.assert_array_equal(chunks[index], chunk)
    read = {index for index, _ in expected}
    assert [failure.path for failure in failures] == [
        path for index, path in enumerate([*paths, tmp_path / "bad.wav"]) if index not in read
    ]


def test_overlapping_chunks_are_kept_once(tmp_path: Path) -> None:
    front = FrontEnd(Recipe().replace(chunk={"seconds": 0.5, "hop_seconds": 0.05, "tail": "drop"}))
    write(tmp_path / "a.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 16000))
    chunks, _ = decode([tmp_path / "a.wav"], front, tmp_path / "cache.f32")
    assert len(chunks) == 11
    assert (tmp_path / "cache.f32").stat().st_size == 4 * 16000


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate_hz", [16000, 22050])
def test_read_audio_is_mix_then_resample(tmp_path: Path, channels: int, rate_hz: int) -> None:
    from dslite import _dslite

    write(tmp_path / "a.wav", np.random.default_rng(0).uniform(-0.5, 0.5, (5000, channels)), rate_hz)
    samples, rate = _dslite.read_wav(str(tmp_path / "a.wav"))
    for channel in ("mix", channels - 1):
        index = -1 if channel == "mix" else channel
        expected = _dslite.resample(_dslite.to_mono(samples, index), rate, 16000)
        found = read_audio(tmp_path / "a.wav", 16000, channel)
        np.testing.assert_array_equal(found, expected)
        assert found.flags.c_contiguous


def test_names_and_paths_are_the_same_files_in_the_same_order(tmp_path: Path) -> None:
    for name in ("b/x.wav", "b/y/z.flac", "b.wav", "a.wav", ".h/i.wav", "b/.h.wav", "c.txt", "b-1/q.ogg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    wanted = sorted(tmp_path / name for name in ("b/x.wav", "b/y/z.flac", "b.wav", "a.wav", "b-1/q.ogg"))
    assert audio_in(tmp_path) == expand([tmp_path]) == wanted
    assert expand_names([tmp_path, Path("one.wav")]) == [*map(str, wanted), "one.wav"]


def test_paths_are_made_when_asked_for() -> None:
    for names in (["a", "b/c"], pd.Series(["a", "b/c"])):
        paths = Paths(Path("root"), names)
        assert (len(paths), list(paths)) == (2, [Path("root/a"), Path("root/b/c")])
        assert paths[-1] == paths[1:][0] == Path("root/b/c")
