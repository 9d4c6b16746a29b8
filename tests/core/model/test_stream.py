"""Streams: any split of the sound into pushes gives the answers of the whole, bit for bit."""

from __future__ import annotations

import threading
from itertools import cycle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_models import QUICK, write_classifier, write_fragile, write_identity

import dslite
from dslite import _dslite

HOP = QUICK.stft.hop_seconds

#: What changes how a chunk's answer comes about. Those in the second half share no frames.
RECIPES = {
    "plain": {},
    "hop is the chunk": {"chunk": {"hop_seconds": 0.25}},
    "hop of one frame": {"chunk": {"hop_seconds": HOP}},
    "gaps, a multiple": {"chunk": {"hop_seconds": 20 * HOP}},
    "samples after the last frame": {"chunk": {"seconds": 0.2531, "hop_seconds": 5 * HOP}},
    "one frame": {"chunk": {"seconds": 0.032, "hop_seconds": HOP}},
    "hop longer than the window": {"stft": {"hop_seconds": 0.05}, "chunk": {"hop_seconds": 0.1}},
    "mfcc": {"mfcc": {"count": 13}},
    "pcen": {"scale": {"kind": "pcen"}},
    "of the maximum": {"scale": {"reference": "max", "top_db": 40.0}},
    "frames cleaned": {"stft": {"preemphasis": 0.97, "remove_dc": True}},
    "raw values": {"picture": {"colormap": "none"}, "tensor": {"scaling": "none"}, "mel": {"bands": 0}},
    "mixed pixels": {"picture": {"resize": "bilinear", "antialias": True}},
    "not a multiple": {"chunk": {"hop_seconds": 0.1}},
    "not a multiple, gaps": {"chunk": {"hop_seconds": 0.3}},
    "reflected": {"stft": {"center": "reflect"}},
    "zeros around": {"stft": {"center": "zero"}, "chunk": {"hop_seconds": 0.25}},
    "peak": {"audio": {"normalize": "peak"}},
}
TAILS = ("pad", "repeat", "drop")


def variant(changes: dict[str, dict[str, object]], **chunk: object) -> dslite.Recipe:
    changes = {**changes, "chunk": {**changes.get("chunk", {}), **chunk}}
    return QUICK.replace(**changes)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dslite.Model]:
    folder = tmp_path_factory.mktemp("models")
    return {
        (name, tail): dslite.Model(write_identity(folder / f"{i}{tail}.tflite", variant(changes, tail=tail)))
        for i, (name, changes) in enumerate(RECIPES.items())
        for tail in TAILS
    }


def sound(frames: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Noise that swells, so that no chunk resembles another."""
    noise = np.random.default_rng(seed).standard_normal((frames, channels))
    return (0.1 * noise * (1 + np.sin(np.arange(frames) / 900))[:, None]).astype(np.float32)


def at_once(model: dslite.Model, samples: np.ndarray, rate_hz: int) -> list[dslite.Answer]:
    """The answers for a recording of this sound."""
    audio = model.recipe.audio
    mono = _dslite.to_mono(samples, -1 if audio.channel == "mix" else audio.channel)
    signal = _dslite.resample(mono, rate_hz, audio.sample_rate_hz)
    has_chunks = bool(dslite.FrontEnd(model.recipe).spans(len(signal)))
    return list(model.predict(signal)) if has_chunks else []


def in_pushes(
    model: dslite.Model, samples: np.ndarray, rate_hz: int, sizes: list[int]
) -> list[dslite.Answer]:
    stream = model.stream(rate_hz, samples.shape[1])
    answers, at = [], 0
    for size in cycle(sizes):
        if at >= len(samples):
            break
        answers += stream.push(samples[at : at + size])
        at += size
    assert stream.frames == len(samples)
    return answers + stream.finish()


def assert_same(found: list[dslite.Answer], expected: list[dslite.Answer]) -> None:
    def key(answer: dslite.Answer) -> tuple[float, float, str | None]:
        return answer.start_s, answer.end_s, answer.label

    assert list(map(key, found)) == list(map(key, expected))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.scores.view(np.int32), other.scores.view(np.int32))


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_streams_as_it_predicts(models, name, tail):
    model = models[name, tail]
    for frames in (100, 1023, 4000, 4001, 5999, 6000, 9000, 13007):
        samples = sound(frames, seed=frames)
        expected = at_once(model, samples, 16000)
        for sizes in ([13007], [997], [1, 400, 0]):
            assert_same(in_pushes(model, samples, 16000, sizes), expected)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("name", ["plain", "not a multiple"])
def test_single_samples(models, name, rate_hz):
    samples = sound(rate_hz // 2 + 77)
    model = models[name, "pad"]
    expected = at_once(model, samples, rate_hz)
    assert len(expected) >= 4
    assert_same(in_pushes(model, samples, rate_hz, [1]), expected)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(list(RECIPES)),
    tail=st.sampled_from(TAILS),
    rate_hz=st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000, 192000]),
    channels=st.integers(1, 3),
    seconds=st.floats(0, 1.2),
    sizes=st.lists(st.sampled_from([0, 1, 2, 7, 31, 127, 509, 2039, 4096, 8191, 65536]), min_size=1).filter(
        any
    ),
)
def test_any_split_is_the_whole(models, name, tail, rate_hz, channels, seconds, sizes):
    samples = sound(int(seconds * rate_hz), channels, seed=channels)
    if len(samples) > 2000 * sum(sizes) / len(sizes):
        sizes = [max(1, 50 * size) for size in sizes]
    model = models[name, tail]
    assert_same(in_pushes(model, samples, rate_hz, sizes), at_once(model, samples, rate_hz))


def test_integer_networks(tmp_path):
    model = dslite.Model(write_identity(tmp_path / "int8.tflite", quantized=True))
    assert model.native.input["dtype"] == "int8"
    samples = sound(9000)
    expected = at_once(model, samples, 16000)
    assert len({answer.scores.tobytes() for answer in expected}) == len(expected) == 4
    assert_same(in_pushes(model, samples, 16000, [641]), expected)


def test_one_channel_of_several(tmp_path):
    recipe = QUICK.replace(audio={"channel": 1})
    model = dslite.Model(write_identity(tmp_path / "right.tflite", recipe))
    samples = sound(9000, channels=2)
    expected = list(model.predict(np.ascontiguousarray(samples[:, 1])))
    assert_same(in_pushes(model, samples, 16000, [333]), expected)
    with pytest.raises(dslite.Error, match="takes channel 1, the stream has 1"):
        model.stream(channels=1)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> dslite.Model:
    path = tmp_path_factory.mktemp("classifier") / "model.tflite"
    return dslite.Model(write_classifier(path, ["dog", "rain", "siren"]))


def test_answers_have_labels_and_come_when_their_chunk_is_full(classifier):
    stream = classifier.stream()
    assert (stream.rate_hz, stream.channels) == (16000, 1)
    samples = sound(6001)[:, 0]
    assert stream.push(samples[:3999]) == []
    (first,) = stream.push(samples[3999:5999])
    assert (first.start_s, first.end_s) == (0.0, 0.25)
    assert first.label == classifier.labels[int(first.scores.argmax())]
    (second,) = stream.push(samples[5999:6000])
    assert (second.start_s, second.end_s) == (0.125, 0.375)
    (tail,) = stream.push(samples[6000:]) + stream.finish()
    assert (tail.start_s, tail.end_s) == (0.25, 6001 / 16000)
    assert stream.finish() == []
    with pytest.raises(ValueError, match="the stream is finished"):
        stream.push(samples)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 2e12])
def test_a_push_with_a_bad_sample_is_as_if_it_had_not_been(classifier, bad):
    samples = sound(9000, channels=2)
    expected = at_once(classifier, samples, 44100)
    stream = classifier.stream(44100, 2)
    answers = stream.push(samples[:4321])
    broken = samples[4321:8000].copy()
    broken[17, 1] = bad
    with pytest.raises(ValueError, match=r"frame 17, channel 1 of the push is .*: expected finite values"):
        stream.push(broken)
    assert stream.frames == 4321
    answers += stream.push(samples[4321:])
    assert_same(answers + stream.finish(), expected)


def test_a_network_that_fails_costs_its_answer_and_no_sound(tmp_path):
    model = dslite.Model(write_fragile(tmp_path / "fragile.tflite"))
    samples = 1e-3 * sound(16000)
    samples[7000:7100] = 1.0  # in the chunks that begin at 4000 and 6000
    expected = [model.predict(samples[at : at + 4000, 0]) for at in range(0, 14000, 2000)]
    expected = [next(answers) for i, answers in enumerate(expected) if i not in (2, 3)]
    stream = model.stream()
    answers = stream.push(samples[:5000])
    with pytest.raises(dslite.Error, match=r"score for 'calm' is -?nan, expected a finite number"):
        stream.push(samples[5000:15000])
    answers += stream.push(samples[15000:])
    assert [answer.start_s for answer in answers] == [0, 0.125, 0.5, 0.625, 0.75]
    for one, other in zip(answers, expected, strict=True):
        assert one.scores == other.scores


def test_arrays_are_taken_as_they_are_or_refused(classifier):
    mono, stereo = classifier.stream(), classifier.stream(channels=2)
    assert mono.push(np.zeros(0, np.float32)) == []
    assert mono.push(np.zeros((3, 1), np.float32)) == []
    assert stereo.push(np.zeros((0, 2), np.float32)) == []
    for stream, samples, error in (
        (mono, np.zeros(3), TypeError),
        (mono, [0.0, 0.0], TypeError),
        (mono, np.zeros((3, 2), np.float32), ValueError),
        (mono, np.zeros(6, np.float32)[::2], ValueError),
        (stereo, np.zeros(4, np.float32), ValueError),
        (stereo, np.zeros((2, 4), np.float32).T, ValueError),
        (stereo, np.zeros((4, 3), np.float32), ValueError),
    ):
        with pytest.raises(error, match="samples: expected"):
            stream.push(samples)
    assert mono.frames == 3


@pytest.mark.parametrize(
    ("rate_hz", "channels", "mentions"),
    [(99, 1, "99"), (768001, 1, "768001"), (16000, 0, "channels = 0"), (16000, 1025, "1 to 1024")],
)
def test_impossible_streams(classifier, rate_hz, channels, mentions):
    with pytest.raises(ValueError, match=mentions):
        classifier.stream(rate_hz, channels)


def test_whole_clips_cannot_be_streamed(tmp_path):
    recipe = QUICK.replace(chunk={"seconds": 0.0})
    model = dslite.Model(write_identity(tmp_path / "clips.tflite", recipe))
    with pytest.raises(dslite.Error, match=r"whole clips \(chunk.seconds = 0\), which cannot be streamed"):
        model.stream()


def test_one_push_of_any_length_loses_nothing(classifier):
    samples = sound(16000 * 200)[:, 0]
    stream = classifier.stream()
    answers = stream.push(samples) + stream.finish()
    assert_same(answers, list(classifier.predict(samples)))
    assert len(answers) == 1599


def test_a_stream_keeps_its_model(tmp_path):
    stream = dslite.Model(write_classifier(tmp_path / "model.tflite", ["a", "b"])).stream()
    assert len(stream.push(sound(4000)[:, 0])) == 1


def test_streams_of_one_model_on_threads_of_their_own(models):
    model = models["plain", "pad"]
    inputs = [sound(30000, seed=seed) for seed in range(4)]
    expected = [at_once(model, samples, 16000) for samples in inputs]
    found: dict[int, list[dslite.Answer]] = {}

    def work(i: int) -> None:
        found[i] = in_pushes(model, inputs[i], 16000, [160 + i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, answers in found.items():
        assert_same(answers, expected[i])
    assert len(found) == len(inputs)
