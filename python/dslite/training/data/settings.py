"""The settings of an experiment that name its data: which recordings, what is true of them, who is tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Data:
    """Which recordings there are, what their table says, and who is tested.

    ``audio`` is the folder, ``labels`` the table ("" : each sub-folder is a class), ``targets``
    columns of numbers to learn instead of a label. One of ``split`` with ``test`` (and ``valid``), a
    column and values of it; ``cv``, a column whose groups are each tested in turn, or put into ``groups``
    groups first; ``by_prefix``, parts named by the files' prefixes; or ``test_share`` at random.
    ``valid_share`` of the training files (of whole groups with ``split`` and ``cv``) validate.
    ``seed`` deals groups, and draws shares; the seed of training moves no file.
    ``near_duplicates`` looks for recordings of the test part that are in the training part as well.

    Raises:
        ValueError: a value out of its range, or as ``check_given``.
    """

    audio: str = ""
    labels: str = ""
    file_column: str = ""
    label_column: str = ""
    targets: str = ""
    split: str = ""
    test: str = ""
    valid: str = ""
    cv: str = ""
    groups: int = 0
    by_prefix: bool = False
    test_share: float = 0.2
    valid_share: float = 0.0
    near_duplicates: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        values = {one.name: (getattr(self, one.name), one.default) for one in fields(self)}
        check_given({name: value for name, (value, default) in values.items() if value != default})
        if not 0 < self.test_share < 1:
            raise ValueError(f"test_share (--test-share): {self.test_share} given, expected between 0 and 1")
        if not 0 <= self.valid_share < 1:
            raise ValueError(f"valid_share: {self.valid_share} given, expected 0 up to below 1")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"seed: {self.seed} given, expected 0 … 4294967295")
        if self.groups < 0 or self.groups == 1:
            raise ValueError(f"groups: {self.groups} given, expected 0 (each value of cv) or 2 and more")


def check_given(given: Mapping[str, object]) -> None:
    """Make sure that the settings of ``Data`` that are given go together.

    Raises:
        ValueError: half a split, or two; a label and targets; targets without a table.
    """
    chosen = {
        name for name, value in given.items() if (value.strip(" ,") if isinstance(value, str) else value)
    }
    ways = [name for name in ("split", "cv", "by_prefix", "test_share") if name in chosen]
    if len(ways) > 1:
        raise ValueError(f"{' and '.join(ways)} given; expected one way to split")
    if ("split" in chosen) != ("test" in chosen):
        raise ValueError("split and test go together: the column, and which of its values to test on")
    for name, needed in (("valid", "split"), ("groups", "cv")):
        if name in chosen and needed not in chosen:
            raise ValueError(f"{name}: {given[name]} given without {needed}, the column that it is of")
    if {"targets", "label_column"} <= chosen:
        raise ValueError("targets and label_column given; expected numbers to predict or a label, not both")
    if "targets" in chosen and "labels" not in chosen:
        raise ValueError("targets given without labels, the table whose columns they are")


def listed(text: str) -> list[str]:
    """``"5, 6"`` → ["5", "6"]; text, as speaker "03" is not speaker 3."""
    return [value.strip() for value in text.split(",") if value.strip()]
