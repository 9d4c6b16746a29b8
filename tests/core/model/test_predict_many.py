"""Answers of many files at once, and what an answer says."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from small_models import QUICK, classifier_network, write_classifier

import dslite
from dslite.training.bundle.write import core_entries, write_bundle

RATE_HZ = 16000
LABELS = ["dog", "rain", "siren"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("classifier") / "model.tflite", LABELS)


@pytest.fixture(scope="module")
def model(path: Path) -> dslite.Model:
    return dslite.Model(path)


def noise(frames: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Multiples of 1/32768, which every format here holds exactly."""
    values = np.random.default_rng(seed).integers(-9000, 9000, (frames, channels))
    return (values / 32768).astype(np.float32)


def by_hand(model: dslite.Model, signal: np.ndarray) -> list[tuple[float, float, np.ndarray]]:
    """The chunks of a signal, cut whole, one after the other through the network."""
    return [
        (start / RATE_HZ, stop / RATE_HZ, model.scores(model.front.chunk(signal, i)))
        for i, (start, stop) in enumerate(model.front.spans(len(signal)))
    ]


def assert_answers(found: list[dslite.Answer], expected: list[tuple[float, float, np.ndarray]]) -> None:
    assert [(one.start_s, one.end_s) for one in found] == [(start, end) for start, end, _ in expected]
    for one, (_, _, scores) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.scores, scores)
        assert one.label == LABELS[int(scores.argmax())]


def test_many_files_come_in_order_and_a_bad_one_at_its_place(tmp_path, model):
    paths = []
    for i in range(12):
        paths.append(tmp_path / f"{i}.{'wav' if i % 2 else 'flac'}")
        soundfile.write(paths[i], noise(RATE_HZ * (1 + i % 3), seed=i), RATE_HZ)
    paths[5].write_bytes(b"RIFF and nothing more")
    paths[9].unlink()
    for workers in (None, 1, 3):
        found = list(model.predict_many(iter(paths), workers))
        assert [one.path for one in found] == paths
        assert [i for i, one in enumerate(found) if one.error] == [5, 9]
        for i in (5, 9):
            assert str(found[i].error).startswith(f"{paths[i]}: ")
            assert found[i].answers == []
        for i in set(range(12)) - {5, 9}:
            signal = noise(RATE_HZ * (1 + i % 3), seed=i)[:, 0]
            assert_answers(found[i].answers, by_hand(model, signal))
    with pytest.raises(ValueError, match="workers = 0: expected 1 or more"):
        model.predict_many(paths, 0)


def test_many_files_are_read_a_few_ahead(tmp_path, model):
    soundfile.write(tmp_path / "a.wav", noise(RATE_HZ), RATE_HZ)
    asked = []

    def without_end():
        while True:
            asked.append(1)
            yield tmp_path / "a.wav"

    many = model.predict_many(without_end(), workers=2)
    next(many)
    next(many)
    assert len(asked) <= 6 + 1
    many.close()


def test_the_best_and_all_as_a_dictionary(model, tmp_path):
    answer = next(model.predict(noise(RATE_HZ)))
    pairs = sorted(zip(LABELS, answer.scores.tolist(), strict=True), key=lambda pair: -pair[1])
    assert answer.top(2) == pairs[:2]
    assert answer.top(99) == pairs
    assert answer.as_dict() == {"start": 0, "end": 0.25, "label": pairs[0][0], "scores": dict(pairs)}
    (pushed,) = model.stream().push(noise(RATE_HZ)[:4000])
    assert pushed.as_dict() == answer.as_dict()
    with pytest.raises(ValueError, match="k = 0: expected 1 or more"):
        answer.top(0)
    equal = dslite.Answer(0.0, 1.0, "b", np.float32([0.2, 0.4, 0.4]), ("a", "b", "c"))
    assert [label for label, _ in equal.top(3)] == ["b", "c", "a"]
    with pytest.raises(ValueError, match="3 scores and 0 labels"):
        dslite.Answer(0.0, 1.0, "b", np.float32([0.2, 0.4, 0.4])).as_dict()


def test_values_have_no_best(tmp_path):
    write_bundle(
        tmp_path / "v.tflite",
        classifier_network(3),
        core_entries(QUICK, LABELS, {"": {"task": "values"}}),
    )
    answer = next(dslite.Model(tmp_path / "v.tflite").predict(noise(RATE_HZ)))
    assert answer.label is None
    assert answer.as_dict()["scores"] == dict(zip(LABELS, answer.scores.tolist(), strict=True))
    with pytest.raises(ValueError, match="values, none of which is the best"):
        answer.top(1)
