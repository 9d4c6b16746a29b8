"""Two runs compared: against numbers worked out by hand, and by what must hold of any pair."""

import json
import math
from math import comb

import numpy as np
import pandas as pd
import pytest
from answer_tables import tabulate
from hypothesis import given, settings
from hypothesis import strategies as st

from dslite import Error
from dslite.training.metrics import paired
from dslite.training.metrics.predictions import Answers

LABELS = ["a", "b"]


def compare(first: pd.DataFrame, second: pd.DataFrame) -> paired.Comparison:
    """Compare two tables of predictions, as `dslite compare` reads them."""
    return paired.compare([Answers.of(first)], [Answers.of(second)])


def run(truth: list[int], right: np.ndarray, files: list[str] | None = None, chunks: int = 1) -> pd.DataFrame:
    """Predictions that are right where ``right`` says so, the same for every chunk of a file."""
    truth = np.asarray(truth)
    answers = np.where(right, truth, 1 - truth)
    names = files or [f"{index:04}.wav" for index in range(len(truth))]
    rows = np.repeat(np.arange(len(truth)), chunks)
    spans = np.stack([np.arange(len(rows)), np.arange(len(rows)) + 1.0], axis=1)
    scores = np.float32([0.2, 0.8])[(answers[rows, None] == np.arange(2)).astype(int)]
    return tabulate(LABELS, [names[row] for row in rows], spans, truth[rows], scores)


def pair(both: int, only_first: int, only_second: int, neither: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    counts = [both, only_first, only_second, neither]
    first = np.repeat([True, True, False, False], counts)
    second = np.repeat([True, False, True, False], counts)
    truth = [index % 2 for index in range(sum(counts))]
    return run(truth, first), run(truth, second, chunks=3)


def test_mcnemar_by_hand() -> None:
    # Two-sided: twice the chance of 2 or fewer heads in 12 throws.
    found = compare(*pair(40, 2, 10, 8))
    assert (found.mcnemar.only_first_right, found.mcnemar.only_second_right) == (2, 10)
    assert found.mcnemar.p == pytest.approx(2 * sum(comb(12, i) for i in range(3)) / 2**12)
    accuracy = found.measures["accuracy"]
    assert (accuracy.first, accuracy.second) == (pytest.approx(42 / 60), pytest.approx(50 / 60))
    assert accuracy.difference.value == pytest.approx(8 / 60)
    assert compare(*pair(5, 0, 0, 5)).mcnemar.p == 1.0
    assert compare(*pair(5, 3, 3, 5)).mcnemar.p == 1.0


def test_the_interval_is_that_of_a_mean_of_paired_differences() -> None:
    found = compare(*pair(300, 20, 50, 30)).measures["accuracy"].difference
    differences = np.repeat([0, -1, 1, 0], [300, 20, 50, 30])
    half = 1.96 * differences.std() / np.sqrt(400)
    assert found.low == pytest.approx(differences.mean() - half, abs=0.006)
    assert found.high == pytest.approx(differences.mean() + half, abs=0.006)


def test_a_run_does_not_differ_from_itself() -> None:
    first, _ = pair(5, 3, 4, 5)
    for one in compare(first, first).measures.values():
        assert (one.difference.value, one.difference.low, one.difference.high) == (0, 0, 0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=20))
def test_turning_the_runs_round_turns_the_signs(rights: list[tuple[bool, bool]]) -> None:
    right, right_too = np.array(rights).T
    truth = [index % 2 for index in range(len(rights))]
    first, second = run(truth, right), run(truth, right_too)
    there, back = compare(first, second), compare(second, first)
    for name, one in there.measures.items():
        other = back.measures[name]
        assert (one.first, one.second) == (other.second, other.first)
        assert one.difference.value == pytest.approx(-other.difference.value)
        assert one.difference.low == pytest.approx(-other.difference.high)
    assert there.mcnemar.p == back.mcnemar.p


def test_only_shared_files_count_in_any_order_of_rows_and_labels() -> None:
    first, second = pair(6, 2, 3, 4)
    whole = compare(first, second)
    extra = run([0, 1], np.array([True, False]), ["x.wav", "y.wav"])
    shuffled = pd.concat([second, extra]).sample(frac=1, random_state=1)
    turned = shuffled[["end", "start", "file", "truth", "answer", "score:b", "score:a"]]
    found = compare(first, turned)
    assert (found.files, found.left_out) == (15, 2)
    assert found.measures == whole.measures
    assert found.mcnemar == whole.mcnemar


def test_values() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(60, 2)).astype(np.float32)
    spans = np.zeros((60, 2))
    names = [f"{index}.wav" for index in range(60)]
    good, bad = (truth + rng.normal(0, s, truth.shape).astype(np.float32) for s in (0.2, 0.6))
    first, second = (tabulate(["x", "y"], names, spans, truth, answers) for answers in (bad, good))
    found = compare(first, second)
    assert found.mcnemar is None
    keys = [f"{measure}{target}" for target in ("", ":x", ":y") for measure in ("mae", "rmse", "ccc")]
    assert set(found.measures) == set(keys)
    assert list(found.measures)[:3] == keys[:3]
    one = found.measures["mae:y"]
    assert one.first == pytest.approx(abs(bad - truth)[:, 1].mean())
    assert one.second == pytest.approx(abs(good - truth)[:, 1].mean())
    assert found.measures["mae"].difference.high < 0 < found.measures["ccc"].difference.low
    turned = second[["file", "start", "end", "truth:y", "truth:x", "score:y", "score:x"]]
    assert compare(first, turned).measures == found.measures
    written = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert written["measures"]["ccc"]["interval"][0] > 0
    single = [frame.drop(columns=["truth:y", "score:y"]) for frame in (first, second)]
    assert list(compare(*single).measures) == ["mae", "rmse", "ccc"]


def test_json_has_no_nan() -> None:
    first = run([0, 0], np.array([True, False]))
    found = compare(first, first)
    assert math.isnan(found.measures["auc"].first)
    written = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert written["measures"]["auc"] == {
        "first": None,
        "second": None,
        "difference": None,
        "interval": [None, None],
    }
    assert written["mcnemar"] == {"only_first_right": 0, "only_second_right": 0, "p": 1.0}


def test_runs_that_cannot_be_compared() -> None:
    first, second = pair(6, 2, 3, 4)
    with pytest.raises(Error, match="no file is in both runs"):
        compare(first, second.assign(file="elsewhere.wav"))
    with pytest.raises(Error, match=r"different questions: classes 'a', 'b' and classes 'a', 'c'"):
        compare(first, second.rename(columns={"score:b": "score:c"}).assign(truth="a"))
    with pytest.raises(Error, match=r"disagree about what is true of '0000\.wav'"):
        compare(first, second.assign(truth=["b"] * 3 + list(second["truth"][3:])))
    values = tabulate(
        ["a", "b"], ["0000.wav"], np.zeros((1, 2)), np.zeros((1, 2)), np.zeros((1, 2), np.float32)
    )
    with pytest.raises(Error, match="classes 'a', 'b' and values 'a', 'b'"):
        compare(first, values)
