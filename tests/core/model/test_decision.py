"""Decisions against their rules written out plainly over the whole list of answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_models import QUICK, write_classifier, write_identity

import dslite
from dslite import Answer, Decision, Event

LABELS = ["dog", "rain, light", "x = y"]
RATE_HZ = QUICK.audio.sample_rate_hz
CHUNK, HOP = 4000, 2000  # samples


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> dslite.Model:
    return dslite.Model(write_classifier(tmp_path_factory.mktemp("m") / "model.tflite", LABELS))


def answers_of(scores: np.ndarray, start: int = 0) -> list[Answer]:
    """Answers with these scores, (n, labels), one hop after the other from sample ``start`` on."""
    starts = start + HOP * np.arange(len(scores))
    return [
        Answer(float(at / RATE_HZ), float((at + CHUNK) / RATE_HZ), None, row)
        for at, row in zip(starts, scores.astype(np.float32), strict=True)
    ]


def smoothed(scores: np.ndarray, decision: dict[str, object]) -> np.ndarray:
    scores = scores.astype(np.float32).astype(float)
    if decision.get("smoothing") == "mean":
        k = decision["smoothing_chunks"]
        rows = [scores[max(0, i - k + 1) : i + 1].mean(axis=0) for i in range(len(scores))]
    elif decision.get("smoothing") == "exponential":
        rows = list(scores[:1])
        for row in scores[1:]:
            rows.append(rows[-1] + decision["smoothing_factor"] * (row - rows[-1]))
    else:
        rows = list(scores)
    return np.array(rows, np.float32).reshape(scores.shape)


def expected_events(
    scores: np.ndarray, decision: dict[str, object], thresholds: list[float], start: int = 0
) -> list[tuple[int, int, int, float]]:
    """(start, end, label, peak) with times in samples, in order of label and time."""
    smooth = smoothed(scores, decision)
    events = []
    for label, threshold in enumerate(thresholds):
        active = smooth.argmax(axis=1) == label if threshold == 0 else smooth[:, label] >= threshold
        earliest, i = -(10**18), 0
        while i < len(active):
            if not active[i] or start + i * HOP + CHUNK < earliest:
                i += 1
                continue
            first = i
            while i < len(active) and active[i]:
                i += 1
            begin, end = start + first * HOP, start + (i - 1) * HOP + CHUNK
            if end - begin >= decision.get("minimum_seconds", 0) * RATE_HZ:
                events.append((begin, end, label, float(smooth[first:i, label].max())))
                earliest = end + decision.get("refractory_seconds", 0) * RATE_HZ
    return events


def in_samples(events: list[Event]) -> list[tuple[int, int, int, float]]:
    found = [
        (event.start_s * RATE_HZ, event.end_s * RATE_HZ, LABELS.index(event.label), event.peak)
        for event in events
    ]
    for start, end, _, _ in found:
        assert abs(start - round(start)) < 1e-3 > abs(end - round(end))
    whole = [(round(start), round(end), label, peak) for start, end, label, peak in found]
    return sorted(whole, key=lambda event: (event[2], event[0]))


QUANTUM = 1 / 8  # scores, and with them means of two or four, compare alike however they are rounded
SECONDS = st.integers(0, 12).map(lambda hops: hops * HOP / RATE_HZ)


@settings(deadline=None, max_examples=300)
@given(
    scores=st.lists(st.lists(st.integers(0, 8), min_size=3, max_size=3), max_size=40),
    smoothing=st.sampled_from(
        [
            {},
            *({"smoothing": "mean", "smoothing_chunks": k} for k in (1, 2, 4)),
            {"smoothing": "exponential", "smoothing_factor": 0.5},
            {"smoothing": "exponential", "smoothing_factor": 1.0},
        ]
    ),
    thresholds=st.lists(st.sampled_from([0, 0.25, 0.5, 0.75, np.inf]), min_size=3, max_size=3),
    minimum_seconds=SECONDS,
    refractory_seconds=SECONDS,
    start=st.sampled_from([0, 12345, 16000 * 86400 * 400 + 1]),
)
@example([[8, 0, 0]] * 3 + [[0, 8, 0]] * 2, {}, [0, 0, 0], 0.25, 0.0, 16000 * 86400 * 400 + 7)
def test_events_follow_the_rules(
    model, scores, smoothing, thresholds, minimum_seconds, refractory_seconds, start
):
    decision = {
        **smoothing,
        "minimum_seconds": minimum_seconds,
        "refractory_seconds": refractory_seconds,
        "class_thresholds": "; ".join(
            f"{label} = {'off' if np.isinf(threshold) else threshold}"
            for label, threshold in zip(LABELS, thresholds, strict=True)
        ),
    }
    array = np.array(scores, float).reshape(-1, 3) * QUANTUM
    machine = Decision(model, QUICK.replace(decision=decision))
    for _ in range(2):  # the same again after finish(): a new stream
        events = list(machine.events(answers_of(array, start)))
        assert in_samples(events) == expected_events(array, decision, thresholds, start)


def test_one_threshold_for_all_and_exceptions(model):
    recipe = QUICK.replace(decision={"threshold": 0.5, "class_thresholds": "rain, light = 0.9; x = y=off;"})
    scores = np.array([[0.6, 0.95, 1.0], [0.4, 0.8, 1.0]])
    events = list(Decision(model, recipe).events(answers_of(scores)))
    assert [(event.label, round(event.peak, 3)) for event in events] == [
        ("dog", 0.6),
        ("rain, light", 0.95),
    ]


def test_an_event_is_told_with_the_answer_that_ends_it(model):
    machine = Decision(model)
    first, second, third = answers_of(np.array([[0.9, 0.1, 0.0], [0.7, 0.3, 0.0], [0.2, 0.8, 0.0]]))
    assert machine.push(first) == machine.push(second) == []
    np.testing.assert_array_equal(machine.smoothed, second.scores)
    (event,) = machine.push(third)
    assert event == Event(0.0, 0.375, "dog", float(np.float32(0.9)))
    (event,) = machine.finish()
    assert (event.start_s, event.end_s, event.label) == (0.25, 0.5, "rain, light")
    assert machine.finish() == []


def test_values_have_events_only_by_thresholds(tmp_path: Path):
    model = dslite.Model(write_identity(tmp_path / "values.tflite"))
    scores = np.zeros((3, len(model.labels)))
    scores[1, 5] = -0.25
    assert list(Decision(model).events(answers_of(scores))) == []
    recipe = QUICK.replace(decision={"threshold": 10.0, "class_thresholds": "pixel 5 = -0.5"})
    (event,) = Decision(model, recipe).events(answers_of(scores))
    assert (event.label, event.start_s, event.end_s, event.peak) == ("pixel 5", 0.0, 0.5, 0.0)


def test_labels_that_are_not_there(model, tmp_path: Path):
    recipe = QUICK.replace(decision={"class_thresholds": "cat = 0.5"})
    with pytest.raises(ValueError, match="class_thresholds names 'cat': expected one of the labels dog,"):
        Decision(model, recipe)
    path = write_classifier(tmp_path / "cat.tflite", LABELS, recipe)
    with pytest.raises(dslite.Error, match=r"cat.tflite: recipe.toml: decision.class_thresholds names 'cat'"):
        dslite.Model(path)
    with pytest.raises(ValueError, match="answer with 2 scores: expected one for each of the 3 labels"):
        Decision(model).push(Answer(0.0, 1.0, None, np.zeros(2, np.float32)))


def test_the_models_own_decision(tmp_path: Path):
    recipe = QUICK.replace(decision={"threshold": 0.01})
    model = dslite.Model(write_classifier(tmp_path / "model.tflite", LABELS, recipe))
    samples = np.random.default_rng(0).standard_normal(20000).astype(np.float32)
    events = list(Decision(model).events(model.predict(samples)))
    assert [(event.label, event.start_s, event.end_s) for event in events] == [
        (label, 0.0, 1.25) for label in LABELS
    ]
