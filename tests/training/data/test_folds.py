"""Folds by groups: every file tested once, no group on two sides, refusals in one line."""

import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dslite import Error
from dslite.training.data.folds import check_groups, cross_validation, hold_out_groups
from dslite.training.data.settings import Data
from dslite.training.data.split import Split
from dslite.training.data.table import Dataset, load


def dataset(labels: list[str], speakers: list[str]) -> Dataset:
    """Files that no one reads."""
    files = [f"{index}.wav" for index in range(len(labels))]
    table = pd.DataFrame({"file": files, "label": labels, "speaker": speakers})
    return Dataset(Path(), table[["file", "label"]], table)


def numbers(speakers: list[str]) -> Dataset:
    table = pd.DataFrame({"file": [f"{i}.wav" for i in range(len(speakers))], "speaker": speakers})
    values = np.arange(len(speakers), dtype=np.float32)[:, None]
    return Dataset(Path(), table[["file"]], table, ("x",), values)


SPEAKERS = ["03", "3", "08", "08", "03", "3", "10", "10"]
EVEN = dataset(list("abababab"), SPEAKERS)


def groups_of(part: Dataset) -> set[str]:
    return set(part.table["speaker"])


def parts_of(whole: Dataset, mask: np.ndarray) -> tuple[Dataset, Dataset]:
    return whole.select(mask), whole.select(~mask)


def test_each_group_is_a_fold() -> None:
    folds = cross_validation(EVEN, "speaker")
    assert [fold.name for fold in folds] == ["03", "08", "10", "3"]
    for fold in folds:
        assert groups_of(fold.split.test) == {fold.name}
        assert groups_of(fold.split.train) == set(SPEAKERS) - {fold.name}
        assert len(fold.split.valid) == 0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_file_is_tested_once_and_no_group_is_on_two_sides(data: st.DataObject) -> None:
    count = data.draw(st.integers(3, 8), "groups")
    k = data.draw(st.sampled_from([0, *range(2, count + 1)]), "k")
    seed = data.draw(st.integers(0, 9), "seed")
    # Every group has both classes, and some more files.
    rows = [(group, label) for group in range(count) for label in "ab"]
    rows += data.draw(st.lists(st.tuples(st.integers(0, count - 1), st.sampled_from("ab")), max_size=30))
    speakers, labels = [str(group) for group, _ in rows], [label for _, label in rows]
    share = data.draw(st.sampled_from([0.0, 0.2, 0.5]), "valid")
    for one in (dataset(labels, speakers), numbers(speakers)):
        if share and (k or count) == 2:
            continue  # a fold of a half leaves one group at times
        folds = cross_validation(one, "speaker", k, seed, share)
        assert len(folds) == (k or count)
        tested = Counter(file for fold in folds for file in fold.split.test.files)
        assert tested == Counter(one.files)
        for fold in folds:
            parts = (fold.split.train, fold.split.valid, fold.split.test)
            assert sorted(file for part in parts for file in part.files) == sorted(one.files)
            sides = [groups_of(part) for part in parts]
            assert sum(map(len, sides)) == count
            assert bool(sides[1]) == bool(share)


def test_classes_are_spread_and_the_seed_deals() -> None:
    rng = np.random.default_rng(0)
    speakers = [str(group) for group in range(40) for _ in range(10)]
    labels = list(rng.choice(list("ab"), p=[0.8, 0.2], size=400))
    one = dataset(labels, speakers)

    def tests(seed: int) -> list[list[str]]:
        return [fold.split.test.files for fold in cross_validation(one, "speaker", 5, seed)]

    for fold in cross_validation(one, "speaker", 5):
        size = len(fold.split.test)
        assert 70 <= size <= 90
        assert fold.split.test.labels.count("b") / size == pytest.approx(labels.count("b") / 400, abs=0.06)
    assert tests(0) == tests(0) != tests(1)
    values = numbers(speakers)
    dealt = [[f.split.test.files for f in cross_validation(values, "speaker", 5, seed)] for seed in (0, 0, 1)]
    assert dealt[0] == dealt[1] != dealt[2]


def test_the_folds_of_many_groups_take_no_more_memory_than_their_codes() -> None:
    """A byte a file and fold, and a little a fold: parts of their own would take 120 bytes a file."""
    files, groups = 2000, 50
    one = dataset(["a", "b"] * (files // 2), [str(index // 2 % groups) for index in range(files)])
    tracemalloc.start()
    folds = cross_validation(one, "speaker", valid_share=0.1)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(folds) == groups
    assert held < 10 * files * groups  # with what a fold needs besides
    assert len(folds[0].split.test) == files // groups


def test_what_validates_leaves_every_class_to_learn() -> None:
    # The only files of "c" are of group 2, which therefore is never held out.
    one = dataset(list("abababcab"), [*"00", *"11", *"222", *"33"])
    for seed in range(8):
        held, rest = parts_of(one, hold_out_groups(one, "speaker", 0.25, seed))
        assert rest.classes == ["a", "b", "c"]
        assert len(groups_of(held)) == 1
        assert not groups_of(rest) & groups_of(held)
    with pytest.raises(Error, match="no group of the 2 in the training part can be held out"):
        hold_out_groups(dataset(list("abc"), list("001")), "speaker", 0.5, 0)
    with pytest.raises(Error, match="no group of the 1"):
        hold_out_groups(dataset(list("ab"), list("00")), "speaker", 0.5, 0)


@pytest.mark.parametrize(("share", "groups"), [(0.05, 1), (0.1, 2), (0.25, 5), (0.3, 6), (0.4, 8), (0.5, 10)])
def test_the_share_that_was_asked_for_is_held_out(share: float, groups: int) -> None:
    one = dataset(["a", "b"] * 20, [str(group) for group in range(20) for _ in range(2)])
    held, rest = parts_of(one, hold_out_groups(one, "speaker", share, 0))
    assert (len(groups_of(held)), len(groups_of(rest))) == (groups, 20 - groups)


def test_a_group_on_two_sides_is_named() -> None:
    rest = np.arange(8) >= 3
    nobody = np.zeros(8, np.bool_)
    with pytest.raises(Error, match="speaker '03', '08', '3' is in the training and in the test part"):
        check_groups(Split.of(EVEN, rest), "speaker")
    with pytest.raises(Error, match="is in the training and in the validation part"):
        check_groups(Split.of(EVEN, nobody, rest), "speaker")
    check_groups(Split.of(EVEN, nobody), "speaker")


def test_what_cannot_be_folded_is_refused() -> None:
    with pytest.raises(Error, match=r"no column 'room' .*; there are 'file', 'label', 'speaker'"):
        cross_validation(EVEN, "room")
    with pytest.raises(Error, match=r"column 'speaker': 4 groups, .* can be dealt to 4 folds, expected 5"):
        cross_validation(EVEN, "speaker", 5)
    with pytest.raises(Error, match="1 groups, '7', can be dealt to 1 folds, expected 2"):
        cross_validation(dataset(list("ab"), list("77")), "speaker")
    with pytest.raises(Error, match=r"empty for '1\.wav'; expected the group of every file"):
        cross_validation(dataset(list("ab"), ["7", ""]), "speaker")
    with pytest.raises(Error, match="fold '8': class 'c' is absent from the training part"):
        cross_validation(dataset(list("ababc"), list("77888")), "speaker")
    for k in (-1, 1):
        with pytest.raises(ValueError, match=f"groups: {k} given"):
            Data(cv="speaker", groups=k)
    for share in (-0.1, 1.0, float("nan")):
        with pytest.raises(ValueError, match="valid_share"):
            Data(cv="speaker", valid_share=share)


def test_the_official_folds(esc10: Path, emodb: Path) -> None:
    folds = cross_validation(load(esc10 / "audio", esc10 / "labels.csv"), "fold", valid_share=0.25)
    assert [fold.name for fold in folds] == ["1", "2", "3", "4", "5"]
    assert [tuple(map(len, (f.split.train, f.split.valid, f.split.test))) for f in folds] == [
        (240, 80, 80)
    ] * 5
    one = load(emodb / "wav", emodb / "labels.csv")
    speakers = cross_validation(one, "speaker", 5)
    assert sum(len(fold.split.test) for fold in speakers) == 535
    assert set().union(*(groups_of(fold.split.test) for fold in speakers)) == groups_of(one)
