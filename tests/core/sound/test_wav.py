"""The WAV reader against libsndfile: the same bits, and one clear line for what is no WAV."""

import os
import re
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dslite
from dslite import _dslite

SUBTYPES = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64}
PLAIN, EXTENSIBLE = "WAV", "WAVEX"
# hypothesis runs one test body many times in one temporary folder: each run writes its file anew.
same_folder = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_as_libsndfile(path: Path) -> None:
    expected, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    samples, our_rate_hz = _dslite.read_wav(str(path))
    assert our_rate_hz == rate_hz
    assert samples.dtype == np.float32
    assert samples.shape == expected.shape
    np.testing.assert_array_equal(samples.view(np.uint32), expected.view(np.uint32))
    assert _dslite.wav_is_readable(path.read_bytes()[:4096])


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def format_chunk(
    bits: int = 16, channels: int = 1, tag: int = 1, rate_hz: int = 16000, block_align: int | None = None
) -> bytes:
    align = channels * bits // 8 if block_align is None else block_align
    per_second = rate_hz * align % 2**32
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate_hz, per_second, align, bits))


@pytest.mark.parametrize("container", [PLAIN, EXTENSIBLE])
@pytest.mark.parametrize("subtype", SUBTYPES)
@pytest.mark.parametrize("channels", range(1, 9))
def test_every_format_reads_as_libsndfile_does(
    tmp_path: Path, container: str, subtype: str, channels: int
) -> None:
    samples = np.random.default_rng(channels).uniform(-1, 1, (997, channels))
    samples[:3] = [[-1], [0], [1]]
    path = tmp_path / "clip.wav"
    soundfile.write(path, samples, 22050, format=container, subtype=subtype)
    assert_as_libsndfile(path)


@same_folder
@given(
    subtype=st.sampled_from(sorted(SUBTYPES)),
    channels=st.integers(1, 8),
    rate_hz=st.integers(100, 768000),
    before=st.lists(st.binary(max_size=33), max_size=3),
    after=st.lists(st.binary(max_size=33), max_size=2),
    data=st.data(),
)
def test_any_bytes_between_any_chunks_read_as_libsndfile_does(
    tmp_path: Path, subtype: str, channels: int, rate_hz: int, before: list, after: list, data: st.DataObject
) -> None:
    frames = data.draw(st.integers(1, 20))
    if subtype in ("FLOAT", "DOUBLE"):
        values = st.lists(
            st.floats(width=32, allow_nan=False, allow_infinity=False),
            min_size=frames * channels,
            max_size=frames * channels,
        )
        body, tag = np.array(data.draw(values), "<f4" if subtype == "FLOAT" else "<f8").tobytes(), 3
    else:
        size = frames * channels * SUBTYPES[subtype] // 8
        body, tag = data.draw(st.binary(min_size=size, max_size=size)), 1
    extra = [chunk(b"junk", content) for content in before]  # libsndfile itself loses its way in bad LISTs
    comment = chunk(b"LIST", b"INFO" + chunk(b"ICMT", b"hello\0"))
    path = tmp_path / "clip.wav"
    path.write_bytes(
        riff(
            *extra[:1],
            format_chunk(SUBTYPES[subtype], channels, tag, rate_hz),
            chunk(b"fact", struct.pack("<I", frames)),
            *extra[1:],
            comment,
            chunk(b"data", body),
            comment,
            *[chunk(b"junk", content) for content in after],
        )
    )
    assert_as_libsndfile(path)


def test_real_recordings_read_as_libsndfile_does(emodb: Path) -> None:
    for path in sorted(emodb.rglob("*.wav"))[::10]:
        assert_as_libsndfile(path)


SIXTEEN = format_chunk()
BAD = {
    "empty": (b"", "the file is empty, expected RIFF/WAVE"),
    "text": (b"file,label\n", "this is no RIFF/WAVE file"),
    "flac": (b"fLaC" + bytes(60), "this is no RIFF/WAVE file"),
    "header only": (riff(), "the file ends after 12 bytes, before any data chunk"),
    "no data": (riff(SIXTEEN), "the file ends after 36 bytes, before any data chunk"),
    "no format": (riff(chunk(b"data", bytes(4))), "the data chunk comes before any fmt chunk"),
    "no frames": (riff(SIXTEEN, chunk(b"data", b"")), "the data chunk holds no frame, expected at least one"),
    "lying chunk": (
        riff(SIXTEEN, b"LIST\xff\xff\xff\x7fINFO"),
        "LIST chunk says 2147483647 bytes but the file ends after 4 of them",
    ),
    "no channels": (riff(format_chunk(channels=0)), "0 channels, expected 1 to 1024"),
    "many channels": (riff(format_chunk(8, channels=65535)), "65535 channels, expected 1 to 1024"),
    "rate 0": (riff(format_chunk(rate_hz=0)), "sample rate is 0 Hz, expected 100 to 768000"),
    "absurd rate": (
        riff(format_chunk(rate_hz=2**32 - 1)),
        "sample rate is 4294967295 Hz, expected 100 to 768000",
    ),
    "block align": (
        riff(format_chunk(channels=2, block_align=5)),
        "block align is 5 bytes, expected 4 (2 channels of 16 bits)",
    ),
    "odd bits": (
        riff(format_chunk(bits=17)),
        "sample format 1 with 17 bits, expected PCM (1) with 8, 16, 24 or 32 or float (3) with 32 or 64",
    ),
    "NaN": (
        riff(format_chunk(32, 2, tag=3), chunk(b"data", struct.pack("<6f", 0, 0, 0, 0, 0, float("nan")))),
        "frame 2, channel 1 is not a number, expected a finite float32",
    ),
    "infinity": (
        riff(format_chunk(64, 1, tag=3), chunk(b"data", struct.pack("<2d", 0, float("-inf")))),
        "frame 1, channel 0 is infinite, expected a finite float32",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_get_one_clear_line(tmp_path: Path, case: str) -> None:
    content, message = BAD[case]
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    with pytest.raises(dslite.Error) as raised:
        _dslite.read_wav(str(path))
    assert str(raised.value) == f"{path}: {message}"


SOUND = struct.pack("<16000h", *([-16000] * 16000))
HINTS = {
    "never finalised": (0, "read 1 s to the end of the file: its header says 0"),
    "stopped recorder": (0x80000000, "read 1 s to the end of the file: its header gives no length"),
    "arecord": (0x7FFFFFFF, "read 1 s to the end of the file: its header gives no length"),
    "the file's size": (32044, "read 1 of 1.00137 s: the file ends early"),
    "battery died": (64000, "read 1 of 2 s: the file ends early"),
    "an older size": (16000, "read 1 s to the end of the file: its header says 0.5"),
    "an odd size": (31999, "read 0.999938 s: the sound ends within a frame"),
}


@pytest.mark.parametrize("case", HINTS)
def test_sizes_are_hints(tmp_path: Path, case: str) -> None:
    """One policy for whole files, for excerpts of them, for bytes in memory and for dslite.read_audio."""
    says, warning = HINTS[case]
    path = tmp_path / "clip.wav"
    path.write_bytes(riff(SIXTEEN) + b"data" + struct.pack("<I", says) + SOUND)
    name = re.escape(str(path))
    with pytest.warns(dslite.AudioWarning, match=f"^{name}: {warning}$"):
        samples, rate_hz = _dslite.read_wav(str(path))
    frames = 15999 if says == 31999 else 16000
    assert samples.shape == (frames, 1)
    with pytest.warns(dslite.AudioWarning, match=f"^{name}: {warning}$"):
        assert _dslite.WavFile(str(path)).frames == frames
    with pytest.warns(dslite.AudioWarning, match=f"^here: {warning}$"):
        assert len(_dslite.decode_wav(path.read_bytes(), "here")[0]) == frames
    with pytest.warns(dslite.AudioWarning):
        assert len(dslite.read_audio(path, rate_hz)) == frames


def test_names_are_bytes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9 \xff.wav")
    path.write_bytes(riff(SIXTEEN, chunk(b"data", SOUND)))
    assert len(dslite.read_audio(path, 16000)) == 16000
    assert dslite.audio.frames_in_place(path, 16000) == 16000
    path.write_bytes(b"RIFF")
    with pytest.raises(dslite.Error) as raised:
        dslite.read_audio(path, 16000)
    assert str(raised.value).startswith(str(path))


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(dslite.Error, match=r"gone\.wav: cannot be opened: No such file or directory$"):
        _dslite.read_wav(str(tmp_path / "gone.wav"))
    with pytest.raises(dslite.Error, match=r": cannot be read: Is a directory$"):
        _dslite.read_wav(str(tmp_path))


def test_a_recording_into_a_pipe_reaches_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    header = b"RIFF\xff\xff\xff\xffWAVE" + SIXTEEN + b"data\xff\xff\xff\xff"
    path.write_bytes(header + struct.pack("<3h", 1, -2, 3) + b"\x00")
    samples, _ = _dslite.read_wav(str(path))
    np.testing.assert_array_equal(samples[:, 0] * 32768, [1, -2, 3])


@settings(parent=same_folder, max_examples=300)
@given(
    changes=st.lists(st.tuples(st.integers(0, 79), st.integers(0, 255)), max_size=4),
    length=st.integers(0, 80),
)
def test_damaged_files_are_decoded_or_refused(tmp_path: Path, changes: list, length: int) -> None:
    content = bytearray(riff(chunk(b"LIST", b"odd"), format_chunk(32, 2, tag=3), chunk(b"data", bytes(24))))
    content += bytes(80 - len(content))
    for at, value in changes:
        content[at] = value
    path = tmp_path / "clip.wav"
    path.write_bytes(content[:length])
    try:
        samples, _ = _dslite.read_wav(str(path))
    except dslite.Error as error:
        message = str(error)
    else:
        message = f"{path}: decoded"
        assert np.isfinite(samples).all()
        assert samples.size > 0
    assert message.startswith(f"{path}: ")
    assert "\n" not in message


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_channels_are_averaged_or_taken(channels: int) -> None:
    samples = np.random.default_rng(3).standard_normal((50, channels)).astype(np.float32)
    mixed = samples.astype(np.float64).mean(axis=1).astype(np.float32)
    np.testing.assert_array_equal(_dslite.to_mono(samples), mixed)
    assert not np.signbit(_dslite.to_mono(np.full((3, channels), -0.0, np.float32))).any()  # as a sum has it
    for channel in range(channels):
        np.testing.assert_array_equal(_dslite.to_mono(samples, channel), samples[:, channel])
    with pytest.raises(dslite.Error, match=f"channel is {channels}, but the audio has channels 0 to"):
        _dslite.to_mono(samples, channels)
