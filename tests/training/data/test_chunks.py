"""Recordings decoded into the cache: chunk by chunk what the core cuts, however it is laid out."""

import wave
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from dslite import AudioWarning, Error, FrontEnd, Recipe, read_audio
from dslite.audio import excerpt, frames_in_place
from dslite.recordings import Paths, audio_in, expand, expand_names
from dslite.training.data.chunks import decode


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


OVERLAPPING = {"seconds": 0.5, "hop_seconds": 0.05, "tail": "drop"}


@pytest.mark.parametrize(("rate_hz", "kept"), [(8000, 16000), (16000, 0)])
def test_overlapping_chunks_are_kept_once_and_not_at_all_where_they_can_be_read(
    tmp_path: Path, rate_hz: int, kept: int
) -> None:
    front = FrontEnd(Recipe().replace(chunk=OVERLAPPING))
    write(tmp_path / "a.wav", np.random.default_rng(0).uniform(-0.5, 0.5, rate_hz), rate_hz)
    chunks, _ = decode([tmp_path / "a.wav"], front, tmp_path / "cache.f32")
    assert len(chunks) == 11
    assert (tmp_path / "cache.f32").stat().st_size == 4 * kept


def test_pictures_are_those_of_the_samples_wherever_they_lie(tmp_path: Path) -> None:
    front = FrontEnd(Recipe().replace(chunk={"seconds": 0.5, "hop_seconds": 0.2, "tail": "pad"}))
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{index}.wav" for index in range(20)]
    for index, path in enumerate(paths):
        write(path, rng.uniform(-0.5, 0.5, (9000 + 700 * index, 1 + index % 2)), (8000, 16000)[index % 3 > 0])
    chunks, _ = decode(paths, front, tmp_path / "cache.f32")
    expected = front.tensors(np.concatenate([front.chunks(read_audio(path, 16000)) for path in paths]))
    order = rng.permutation(len(chunks))
    np.testing.assert_array_equal(chunks.tensors(front, order), expected[order])


def test_whole_clips_of_any_length_make_a_batch(tmp_path: Path) -> None:
    front = FrontEnd(Recipe().replace(chunk={"seconds": 0.0}))
    clips = [np.random.default_rng(n).uniform(-0.5, 0.5, n).astype(np.float32) for n in (16000, 9001, 30000)]
    expected = np.stack([front.tensor(clip) for clip in clips])
    np.testing.assert_array_equal(front.tensors(clips), expected)


def test_a_recording_that_shrank_is_an_error_that_names_it(tmp_path: Path) -> None:
    front = FrontEnd(Recipe().replace(chunk=OVERLAPPING))
    path = tmp_path / "a.wav"
    write(path, np.zeros(16000))
    chunks, _ = decode([path], front, tmp_path / "cache.f32")
    write(path, np.zeros(12000))
    chunks.tensors(front, [0, 5])
    # Of several threads any may be the first to miss its chunk.
    with pytest.raises(Error, match=r"a\.wav: has 12000 frames, expected at least 1[2-6]\d00"):
        chunks.tensors(front, range(11))
    with pytest.raises(Error, match=r"a\.wav: has 12000 frames"):
        chunks[10]
    path.unlink()
    with pytest.raises(Error, match=r"a\.wav: cannot be opened: No such file"):
        chunks.tensors(front, [0])


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32"])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_excerpts_are_parts_of_the_whole(tmp_path: Path, subtype: str, channels: int) -> None:
    path = tmp_path / "a.wav"
    count = 20011
    soundfile.write(path, np.random.default_rng(0).uniform(-1, 1, (count, channels)), 16000, subtype)
    assert frames_in_place(path, 16000, channels - 1) == count
    assert frames_in_place(path, 16000, channels) is None
    assert frames_in_place(path, 16001) is None
    for channel in ("mix", channels - 1):
        whole = read_audio(path, 16000, channel)
        for first, length in [(0, count), (0, 1), (8191, 8194), (count - 1, 1), (7, 0)]:
            np.testing.assert_array_equal(
                excerpt(path, first, length, channel).read(), whole[first : first + length]
            )


def test_floats_are_not_read_in_place_since_nobody_knows_whether_they_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(9000, np.nan), 16000, "FLOAT")
    assert frames_in_place(path, 16000) is None
    _, failures = decode([path], FrontEnd(Recipe()), tmp_path / "cache.f32")
    assert "not a number" in failures[0].message


def test_a_head_of_any_length_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 9000))
    plain = path.read_bytes()
    for size in (4000, 4052, 4060, 4100, 100_001):
        comment = b"LIST" + size.to_bytes(4, "little") + bytes(size + size % 2)
        path.write_bytes(plain[:12] + comment + plain[12:])
        assert frames_in_place(path, 16000) == 9000
        np.testing.assert_array_equal(excerpt(path, 99, 900).read(), read_audio(path, 16000)[99:999])
        path.write_bytes(path.read_bytes()[:-1])  # cut off
        with pytest.warns(AudioWarning, match="the file ends early"):
            assert frames_in_place(path, 16000) == 8999


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
