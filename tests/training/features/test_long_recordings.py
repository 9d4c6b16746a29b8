"""Recordings that are streamed through ``embed``: the bits of the whole, in memory that does not grow."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from peak_memory import WITH_HELPERS

from dslite import Error, FrontEnd, Recipe, read_audio
from dslite.training.features.long_recordings import is_long, stream_chunks


@pytest.mark.parametrize(
    ("name", "rate_hz", "channels", "subtype"),
    [
        ("a.wav", 16000, 1, "PCM_16"),
        ("a.wav", 44100, 2, "PCM_24"),
        ("a.wav", 16000, 2, "FLOAT"),
        ("a.flac", 22050, 2, "PCM_16"),
        ("a.ogg", 48000, 1, "VORBIS"),
    ],
)
@pytest.mark.parametrize("tail", ["pad", "repeat", "drop"])
@pytest.mark.parametrize("hop", [0.3, 1.0, 1.7])
def test_chunks_are_those_of_the_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    rate_hz: int,
    channels: int,
    subtype: str,
    tail: str,
    hop: float,
) -> None:
    monkeypatch.setattr("dslite.libsndfile.BLOCK_FRAMES", 4097)
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (int(5.37 * rate_hz), channels))
    soundfile.write(tmp_path / name, sound, rate_hz, subtype=subtype)
    front = FrontEnd(Recipe().replace(chunk={"seconds": 1.0, "hop_seconds": hop, "tail": tail}))
    whole = read_audio(tmp_path / name, 16000)
    streamed = list(stream_chunks(tmp_path / name, front))
    assert [(start, stop) for start, stop, _ in streamed] == front.spans(len(whole))
    for number, (_, _, chunk) in enumerate(streamed):
        np.testing.assert_array_equal(chunk, front.chunk(whole, number))


def test_a_channel_that_is_not_there(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((100, 2)), 16000)
    soundfile.write(tmp_path / "a.flac", np.zeros((100, 2)), 16000)
    front = FrontEnd(Recipe().replace(audio={"channel": 2}))
    for name in ("a.wav", "a.flac"):
        with pytest.raises(
            Error,
            match=rf"{name}: has 2 channels, the recipe asks for channel 2",
        ):
            list(stream_chunks(tmp_path / name, front))


PEAK = """
import sys
from pathlib import Path
from dslite import FrontEnd, Recipe
from dslite.training.features.embed import _windows
from peak_memory import peak_kb
before = peak_kb()
failures = []
count = sum(1 for _ in _windows(FrontEnd(Recipe()), [Path(sys.argv[1])], failures, lambda: None))
assert not failures
print(count, (peak_kb() - before) // 1024)
"""


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_memory_does_not_grow_with_the_length(tmp_path: Path, name: str) -> None:
    rate_hz, minutes = 48000, 12
    noise = np.random.default_rng(0).integers(-9000, 9000, rate_hz * 60).astype(np.int16)
    with soundfile.SoundFile(tmp_path / name, "w", rate_hz, 1, "PCM_16") as file:
        for _ in range(minutes):
            file.write(noise)
    assert is_long(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, tmp_path / name],
        env=WITH_HELPERS,
        capture_output=True,
        text=True,
        check=True,
    )
    count, grown_mb = map(int, done.stdout.split())
    assert count == minutes * 30 - 1
    assert grown_mb < 60  # the recording as float32 is 138 MB, and twice that while it is resampled
