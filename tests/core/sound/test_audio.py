"""Recordings that libsndfile reads, and those that make it stumble; pipes."""

import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from real_data import data_folder

import dslite

RATE_HZ = 16000


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.flac"
    sound = 0.3 * np.sin(np.arange(2 * RATE_HZ) / 9.0)
    soundfile.write(path, sound, RATE_HZ)
    return path


def test_an_absurd_length_is_no_more_than_a_warning(clip):
    expected = dslite.read_audio(clip, RATE_HZ)
    content = bytearray(clip.read_bytes())
    content[21] |= 0x0F
    clip.write_bytes(content)
    with pytest.warns(dslite.AudioWarning, match=r"clip.flac: read 2 of [0-9.e+]+ s: the file ends early$"):
        np.testing.assert_array_equal(dslite.read_audio(clip, RATE_HZ), expected)


def flac(seconds: float, rate_hz: int = 16000) -> tuple[bytearray, np.ndarray]:
    sound = np.random.default_rng(0).integers(-9000, 9000, int(seconds * rate_hz)).astype(np.int16)
    file = io.BytesIO()
    soundfile.write(file, sound, rate_hz, format="FLAC")
    return bytearray(file.getvalue()), (sound / 32768).astype(np.float32)


def with_total(data: bytearray, total: int) -> bytes:
    """The 36 bits in STREAMINFO that say how many samples there are; 0: unknown (RFC 9639, 8.2)."""
    assert data[:4] == b"fLaC"
    at = 8 + 13  # the marker, the block's head, then bits 108 … 143 of the block
    data[at] = (data[at] & 0xF0) | total >> 32
    data[at + 1 : at + 5] = (total & 0xFFFFFFFF).to_bytes(4, "big")
    data[at + 5 : at + 21] = bytes(16)  # no checksum
    return bytes(data)


@pytest.mark.parametrize("seconds", [0.5, 40.0])  # less than a block, and more
@pytest.mark.parametrize("total", [0, 6 * 10**10])
def test_a_flac_whose_length_is_unknown_or_absurd_is_read(tmp_path, seconds, total):
    data, sound = flac(seconds)
    (tmp_path / "a.flac").write_bytes(with_total(data, total))
    np.testing.assert_array_equal(dslite.read_audio(tmp_path / "a.flac", 16000), sound)


def test_the_first_sample_that_is_not_finite_is_named_beyond_the_first_block(tmp_path):
    sound = np.zeros(700_000, np.float32)
    sound[600_001] = np.nan
    soundfile.write(tmp_path / "a.w64", sound, 16000, format="W64", subtype="FLOAT")
    with pytest.raises(dslite.Error, match="frame 600001 is not finite"):
        dslite.read_audio(tmp_path / "a.w64", 16000)


def test_what_comes_before_a_fault_is_kept(clip):
    soundfile.write(clip, np.random.default_rng(3).uniform(-0.5, 0.5, 40 * RATE_HZ), RATE_HZ)
    expected = dslite.read_audio(clip, RATE_HZ)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    with pytest.warns(dslite.AudioWarning, match=r"clip.flac: read 1\d(\.\d+)?"):
        found = dslite.read_audio(clip, RATE_HZ)
    assert 0.3 < len(found) / len(expected) < 0.51
    np.testing.assert_array_equal(found, expected[: len(found)])


@pytest.mark.parametrize("name", ["clip.raw", "clip.mp3", "clip.ogg", "clip.flac", "clip.sd2", "clip.wav"])
@pytest.mark.parametrize("content", [b"\x00" * 9000, b"RIFF" + bytes(60), bytes(range(256)) * 40])
def test_what_is_no_audio_is_one_error_that_names_it(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(dslite.Error, match=f"{name}: ") as raised:
        dslite.read_audio(path, RATE_HZ)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/null"])
def test_devices_end_with_an_error(device):
    if not os.path.exists(device):
        pytest.skip(f"no {device} here")
    with pytest.raises(dslite.Error, match=device):
        dslite.read_audio(device, RATE_HZ)


@pytest.mark.parametrize("suffix", ["flac", "wav", "ogg"])
def test_a_pipe_is_read_once(tmp_path, suffix):
    path, pipe = tmp_path / f"clip.{suffix}", tmp_path / "pipe"
    soundfile.write(path, 0.3 * np.sin(np.arange(3 * RATE_HZ) / 9.0), RATE_HZ)
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(path.read_bytes()))
    writer.start()
    found = dslite.read_audio(pipe, RATE_HZ)
    writer.join()
    np.testing.assert_array_equal(found, dslite.read_audio(path, RATE_HZ))


ODD = {
    "01_flac_unknown_length.flac": 4000,
    "02_flac_absurd_total.flac": 4000,
    "03_FL005_size_plus_44.wav": 8000,
    "04_arecord_stdout_or_killed.wav": 8000,
    "07_FL012_data_size_0.wav": 8000,
    "08_truncated_half.wav": 4000,
    "12_block_align_0.wav": 8000,
}


@pytest.mark.filterwarnings("ignore::dslite.AudioWarning")
@pytest.mark.parametrize("name", ODD)
def test_odd_inputs_are_read(name):
    path = data_folder("odd") / name
    rate_hz, _, blocks = dslite.audio.decoded_blocks(path)
    samples = np.concatenate(list(blocks))
    assert rate_hz == 8000
    assert len(samples) == ODD[name]
    assert np.abs(samples).max() > 0.01


def test_an_error_names_the_file_once_and_as_text(tmp_path):
    path = tmp_path / "none.flac"
    path.write_bytes(b"no audio")
    with pytest.raises(dslite.Error) as raised:
        dslite.read_audio(path, RATE_HZ)
    assert str(raised.value) == f"{path}: no audio that libsndfile can decode (Format not recognised)"
