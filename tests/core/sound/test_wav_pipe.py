"""WAVs from pipes: sample for sample what a file of the same bytes gives, in memory that does not grow."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import warnings
import wave
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from peak_memory import WITH_HELPERS
from small_models import write_classifier
from test_wav import chunk, format_chunk, riff, same_folder

import dslite
from dslite._dslite import SignalReader

RATE_HZ = 16000


def outcome(make: Callable[[], SignalReader]) -> tuple[list[str], bytes | str]:
    """The warnings of a recording, and its samples, or that it is none."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            blocks = list(make())
        except dslite.Error:
            return [], "refused"
    return [str(one.message) for one in caught], np.concatenate(blocks).tobytes()


def in_pieces(content: bytes, sizes: list[int]) -> Callable[[int], bytes]:
    """A pipe that gives as many bytes at a time, and then as many as are asked for."""
    rest, order = io.BytesIO(content), iter(sizes)
    return lambda size: rest.read(min(size, next(order, size)))


SIZES = [0, 1, 3, 40, 41, 400, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
TRAILERS = [
    b"",
    b"LIST\x04\0\0\0INFO",
    b"abcd\x02\0\0\0xy",
    b"abcd\xff\xff\0\0xy",
    b"\0\0\0\0\0\0\0\0more",
    b"abc",
]


@same_folder
@given(
    channels=st.integers(1, 3),
    bits=st.sampled_from([8, 16, 24, 32]),
    body=st.binary(max_size=300),
    says=st.sampled_from([None, *SIZES]),
    before=st.sampled_from([b"", chunk(b"junk", bytes(9)), b"junk\xff\xff\xff\x7f"]),
    trailer=st.sampled_from(TRAILERS),
    cut=st.integers(0, 40),
    sizes=st.lists(st.integers(1, 50), max_size=20),
)
@example(channels=1, bits=16, body=bytes(41), says=41, before=b"", trailer=TRAILERS[1], cut=0, sizes=[])
@example(channels=1, bits=16, body=bytes(40), says=20, before=b"", trailer=TRAILERS[3], cut=0, sizes=[7] * 20)
def test_a_pipe_gives_what_a_file_gives(tmp_path, channels, bits, body, says, before, trailer, cut, sizes):
    data = chunk(b"data", body)
    if says is not None:
        data = data[:4] + says.to_bytes(4, "little") + data[8:]
    content = riff(before, format_chunk(bits, channels), data + trailer)
    content = content[: len(content) - cut]
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    of_file = outcome(lambda: SignalReader(str(path), RATE_HZ))
    assert outcome(lambda: SignalReader(in_pieces(content, sizes), str(path), RATE_HZ)) == of_file


def test_64_bit_sizes_are_read_from_pipes(tmp_path):
    sound = np.arange(-500, 500, dtype="<i2").tobytes()
    sizes = chunk(b"ds64", b"".join(n.to_bytes(8, "little") for n in (0, len(sound), 500)) + bytes(4))
    body = b"RF64\xff\xff\xff\xffWAVE" + sizes + format_chunk() + b"data\xff\xff\xff\xff" + sound
    path = tmp_path / "clip.wav"
    path.write_bytes(body + TRAILERS[1])
    expected = outcome(lambda: SignalReader(str(path), RATE_HZ))
    assert len(expected[1]) == 4 * 1000
    assert outcome(lambda: SignalReader(io.BytesIO(body + TRAILERS[1]).read, str(path), RATE_HZ)) == expected


def test_what_the_source_raises_comes_out():
    def read(size: int) -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SignalReader(read, "x.wav", RATE_HZ)


def test_answers_come_while_the_pipe_is_open(tmp_path):
    """A recorder that goes on: the first block is given before the pipe has its second half."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read_on = threading.Event()
    sound = np.random.default_rng(0).integers(-9000, 9000, 200_000, dtype="<i2").tobytes()

    def record() -> None:
        with pipe.open("wb") as file:
            file.write(riff(format_chunk(), chunk(b"data", sound))[:300_000])
            file.flush()
            assert read_on.wait(60)
            file.write(sound[300_000 - 44 :])

    writer = threading.Thread(target=record)
    writer.start()
    blocks = dslite.audio.signal_blocks(pipe, RATE_HZ)
    first = next(blocks)
    read_on.set()
    whole = np.concatenate([first, *blocks])
    writer.join()
    np.testing.assert_array_equal(whole, np.frombuffer(sound, "<i2") / np.float32(32768))


PREDICT = """
import sys, dslite
from peak_memory import peak_kb
print(sum(1 for answer in dslite.Model(sys.argv[1]).predict("/dev/stdin")))
print(peak_kb())
"""


def test_memory_does_not_grow_with_a_pipe(tmp_path):
    """Of one minute and of twelve, at 48 kHz: 69 MB of sound."""
    model = write_classifier(tmp_path / "m.tflite", ["dog", "rain", "siren"])
    peaks = []
    for minutes in (1, 12):
        content = io.BytesIO()
        with wave.open(content, "wb") as file:
            file.setparams((1, 2, 48000, 0, "NONE", ""))
            file.writeframes(bytes(2 * 60 * 48000 * minutes))
        command = [sys.executable, "-c", PREDICT, str(model)]
        said = subprocess.run(
            command, input=content.getvalue(), env=WITH_HELPERS, capture_output=True, check=True
        )
        answers, peak = map(int, said.stdout.split())
        assert answers > 100 * minutes
        peaks.append(peak)
    assert peaks[1] < peaks[0] + 8000  # kB
