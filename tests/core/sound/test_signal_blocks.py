"""Recordings block by block: the bits of the whole, in memory that does not grow; arrays as they come."""

from __future__ import annotations

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from peak_memory import WITH_HELPERS
from small_models import QUICK, write_classifier, write_identity

import dslite
from dslite import _dslite
from dslite._dslite import AnswerReader, Resampler, SignalReader

RATE_HZ = 16000
LABELS = ["dog", "rain", "siren"]


def noise(frames: int, channels: int = 1, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (frames, channels)).astype(np.float32)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("file_rate_hz", [16000, 44100, 8000])
@pytest.mark.parametrize("channel", [-1, 1])
def test_blocks_are_the_whole_recording(tmp_path, subtype, file_rate_hz, channel):
    path = tmp_path / "x.wav"
    soundfile.write(path, noise(100_001, 2), file_rate_hz, subtype)
    blocks = list(SignalReader(str(path), RATE_HZ, channel))
    samples, rate_hz = _dslite.read_wav(str(path))
    whole = _dslite.to_mono(samples, channel)
    if rate_hz != RATE_HZ:
        whole = _dslite.resample(whole, rate_hz, RATE_HZ)
    assert len(blocks) > 1
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


@pytest.mark.parametrize("channels", [1, 3])
def test_all_channels_of_a_wav_come_in_blocks(tmp_path, channels):
    from dslite.audio import decoded_blocks

    path = tmp_path / "x.wav"
    soundfile.write(path, noise(100_001, channels), 44100, "FLOAT")
    rate_hz, count, found = decoded_blocks(path)
    blocks = list(found)
    assert (rate_hz, count, len(blocks) > 1) == (44100, channels, True)
    np.testing.assert_array_equal(np.concatenate(blocks), _dslite.read_wav(str(path))[0])


@pytest.mark.parametrize("form", ["flac", "ogg"])
def test_other_formats_come_in_blocks_too(tmp_path, form):
    from dslite.audio import decoded_blocks, signal_blocks

    path = tmp_path / f"x.{form}"
    soundfile.write(path, noise(100_001, 2), 44100)
    blocks = list(signal_blocks(path, RATE_HZ, 1))
    rate_hz, channels, found = decoded_blocks(path)
    samples = np.concatenate(list(found))
    assert (rate_hz, channels) == (44100, 2)
    assert len(blocks) > 1
    whole = _dslite.resample(_dslite.to_mono(samples, 1), 44100, RATE_HZ)
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_a_float_that_is_not_finite_ends_the_recording_there(tmp_path):
    path = tmp_path / "x.wav"
    samples = noise(50_000)
    samples[40_000] = np.nan
    soundfile.write(path, samples, RATE_HZ, "FLOAT")
    reader = SignalReader(str(path), RATE_HZ)
    np.testing.assert_array_equal(next(reader), samples[:32768, 0])
    with pytest.raises(dslite.Error, match="frame 40000 is not a number, expected a finite float32"):
        next(reader)


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    """Models whose scores are the pixels: of every tail, and with hops beyond chunks."""
    folder = tmp_path_factory.mktemp("models")
    chunks = [
        {"tail": tail, "hop_seconds": hop} for tail in ("pad", "repeat", "drop") for hop in (0.125, 0.25, 0.4)
    ]
    chunks.append({"seconds": 0.0})
    return [
        dslite.Model(write_identity(folder / f"{i}.tflite", QUICK.replace(chunk=chunk)))
        for i, chunk in enumerate(chunks)
    ]


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 20_000), data=st.data())
def test_any_blocks_give_the_chunks_of_the_whole(identity, count, data):
    model = data.draw(st.sampled_from(identity))
    cuts = sorted(data.draw(st.lists(st.integers(0, count), max_size=8)))
    samples = noise(count)[:, 0]
    blocks = np.split(samples, cuts)
    spans = model.front.spans(count)
    if not spans or (model.recipe.chunk.seconds == 0 and count < 4000):
        return
    answers = list(AnswerReader(model.native, blocks))
    assert [(start, end) for start, end, *_ in answers] == [(a / RATE_HZ, b / RATE_HZ) for a, b in spans]
    for i, (_, _, _, scores, maps) in enumerate(answers):
        expected = model.front.tensor(model.front.chunk(samples, i)).ravel()
        np.testing.assert_array_equal(scores, expected)
        assert maps is None


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return dslite.Model(write_classifier(tmp_path_factory.mktemp("m") / "m.tflite", LABELS))


def scores_of(answers) -> np.ndarray:
    return np.stack([answer.scores for answer in answers])


def test_arrays_are_taken_as_they_come(model):
    stereo = np.rint(32768 * noise(30_000, 2)).astype(np.int16)
    as_float = stereo.astype(np.float32) / 32768
    mono = as_float.astype(np.float64).mean(axis=1).astype(np.float32)
    resampler = Resampler(44100, RATE_HZ)
    resampled = np.concatenate([resampler.push(mono), resampler.flush()])
    expected = scores_of(model.predict(resampled))
    for source in (stereo, as_float, as_float.astype(np.float64)):
        np.testing.assert_array_equal(scores_of(model.predict(source, rate_hz=44100)), expected)
    np.testing.assert_array_equal(scores_of(model.predict(mono, rate_hz=44100)), expected)


def test_without_a_rate_an_array_is_at_the_recipes(model):
    samples = noise(9000)[:, 0]
    np.testing.assert_array_equal(
        scores_of(model.predict(samples)), scores_of(model.predict(samples, rate_hz=RATE_HZ))
    )


@pytest.mark.parametrize(
    ("samples", "more", "says"),
    [
        (np.zeros(9000, np.int32), {}, "dtype int32, expected float32, float64 or int16"),
        (np.zeros((2, 9000), np.float32), {}, r"shape \(2, 9000\), expected \(n, channels\)"),
        (np.zeros((1, 2, 3), np.float32), {}, "3 axes"),
        (np.float32([0] * 9 + [np.inf]), {}, "frame 9 is not finite"),
        (np.float64([0, 1e40]), {}, "frame 1 is not finite in float32"),
        (np.zeros(9000, np.float32), {"rate_hz": 10}, "100"),
        ("clip.wav", {"rate_hz": 16000}, "a file has its own rate"),
    ],
)
def test_what_cannot_be_sound_is_refused(model, samples, more, says):
    with pytest.raises(ValueError, match=says):
        model.predict(samples, **more)


def test_no_samples_are_no_recording(model):
    with pytest.raises(dslite.Error, match="samples: holds no samples"):
        list(model.predict(np.zeros(0, np.float32)))


def test_errors_come_at_once_and_name_the_file(model, tmp_path):
    with pytest.raises(dslite.Error, match=r"nowhere\.wav: No such file"):
        model.predict(tmp_path / "nowhere.wav")


def test_what_an_iterator_raises_comes_through(model):
    def blocks():
        yield noise(3000)[:, 0]
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        list(AnswerReader(model.native, blocks()))


PREDICT = """
import sys, dslite
from peak_memory import peak_kb
model = dslite.Model(sys.argv[1])
sum(1 for answer in model.predict(sys.argv[2]))
print(peak_kb())
"""


def test_memory_does_not_grow_with_a_file(tmp_path):
    """Of one minute and of twenty, at 48 kHz: 110 MB of file."""
    model = write_classifier(tmp_path / "m.tflite", LABELS)
    peaks = []
    for minutes in (1, 20):
        path = tmp_path / f"{minutes}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 48000, 0, "NONE", ""))
            for _ in range(minutes):
                file.writeframes(bytes(2 * 60 * 48000))
        command = [sys.executable, "-c", PREDICT, model, path]
        said = subprocess.run(command, env=WITH_HELPERS, capture_output=True, check=True)
        peaks.append(int(said.stdout))
    assert peaks[1] < peaks[0] + 8000  # kB
    Path(tmp_path / "20.wav").unlink()
