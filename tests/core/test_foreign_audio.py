"""Recordings that libsndfile decodes, as recorders and damage leave them."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dslite import Error, read_audio


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
def test_a_flac_whose_length_is_unknown_or_absurd_is_read(tmp_path: Path, seconds: float, total: int) -> None:
    data, sound = flac(seconds)
    (tmp_path / "a.flac").write_bytes(with_total(data, total))
    np.testing.assert_array_equal(read_audio(tmp_path / "a.flac", 16000), sound)


def test_raw_samples_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(bytes(64))
    with pytest.raises(Error, match=r"a\.raw: no audio that libsndfile can decode"):
        read_audio(tmp_path / "a.raw", 16000)


def test_the_first_sample_that_is_not_finite_is_named_beyond_the_first_block(tmp_path: Path) -> None:
    sound = np.zeros(700_000, np.float32)
    sound[600_001] = np.nan
    soundfile.write(tmp_path / "a.w64", sound, 16000, format="W64", subtype="FLOAT")
    with pytest.raises(Error, match="frame 600001 is not finite"):
        read_audio(tmp_path / "a.w64", 16000)
