"""The report's groups and tables against counts by hand."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import complaint, dslite

from dslite import Error, Recipe
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.metrics.predictions import Answers
from dslite.training.reports.sections import FILES_LISTED, file_table, is_filled
from dslite.training.runs.groups import Groups, groups_of, per_group
from dslite.training.runs.reader import Run, read_run
from dslite.training.task import CLASSES


def answers(files: int, right: np.ndarray, chunks: int = 2) -> Answers:
    """Answers of two classes, every chunk of a file alike."""
    truth = np.arange(files) % 2
    said = np.where(right, truth, 1 - truth)
    scores = np.float32([0.25, 0.75])[(said[:, None] == np.arange(2)).astype(int)]
    names = [f"{index:05}.wav" for index in range(files)]
    rows = np.repeat(np.arange(files), chunks)
    spans = np.tile([[2.0 * index, 2.0 * index + 4] for index in range(chunks)], (files, 1))
    spans[chunks - 1 :: chunks, 1] -= 0.5  # of each file the last chunk is short
    return Answers.of_files(CLASSES, ("a", "b"), names, rows, truth[rows], scores[rows], spans)


def test_the_speaker_who_fails_comes_first() -> None:
    right = np.arange(30) % 3 != 1
    groups = Groups("speaker", {f"{index:05}.wav": "xyz"[index % 3] for index in range(30)})
    measured = per_group(answers(30, right).per_file(), groups)
    assert [name for name, _ in measured] == ["y", "x", "z"]
    assert [metrics.count for _, metrics in measured] == [10, 10, 10]
    assert [metrics.accuracy for _, metrics in measured] == [0, 1, 1]
    some = Groups("speaker", {"00001.wav": "y", "00003.wav": "x"})
    assert [(name, metrics.count) for name, metrics in per_group(answers(30, right).per_file(), some)] == [
        ("y", 1),
        ("x", 1),
    ]


@pytest.fixture
def tabled(small_run: Path, tmp_path: Path) -> Run:
    """A run whose recordings have a table with a column of rooms, by which it says it was split."""
    run = read_run(small_run)
    audio = Path(run.facts["audio_dir"])
    files = sorted(path.relative_to(audio) for path in audio.rglob("*.wav"))
    rows = [f'"{path}",{path.parent.name},room {index % 2}' for index, path in enumerate(files)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,label,room", *rows]))
    lines = [
        f'audio = "{audio}"',
        f'labels = "{tmp_path / "labels.csv"}"',
        'split = "room"',
        'test = "room 1"',
    ]
    return replace(run, config_text="\n".join(["[data]", *lines]))


def test_groups_are_read_from_the_label_table(tabled: Run) -> None:
    groups = groups_of(tabled)
    assert groups is not None
    assert (groups.column, set(groups.group_of.values())) == ("room", {"room 0", "room 1"})
    assert set(tabled.answers().files) <= set(groups.group_of)
    labels = groups_of(tabled, "label")
    assert labels is not None
    assert len(set(labels.group_of.values())) == 3
    with pytest.raises(Error, match=r"labels\.csv: no column 'speaker' to group files by"):
        groups_of(tabled, "speaker")
    gone = replace(tabled, config_text=tabled.config_text.replace("labels.csv", "gone.csv"))
    assert groups_of(gone) is None
    with pytest.raises((Error, OSError), match=r"gone\.csv"):
        groups_of(gone, "room")


def test_a_run_of_folders_has_no_column(small_run: Path) -> None:
    assert groups_of(read_run(small_run)) is None
    assert "trained without a label table" in complaint(dslite("report", small_run, "--by", "room"))


def test_the_table_of_files_lists_the_worst_first_and_counts_padded_chunks() -> None:
    right = np.arange(7) != 4
    table = file_table(answers(7, right), Recipe())
    assert table["header"][-1] == "padded"
    assert table["rows"][0][0] == "00004.wav"
    assert [row[1] for row in table["rows"]] == ["wrong", *["right"] * 6]
    assert {row[-2:] for row in table["rows"]} == {(2, 1)}
    many = file_table(answers(FILES_LISTED + 5, np.ones(FILES_LISTED + 5, bool), 1), Recipe())
    assert len(many["rows"]) == FILES_LISTED
    assert f"The worst {FILES_LISTED} of {FILES_LISTED + 5} files" in many["note"]


def test_a_chunk_that_is_full_is_not_padded() -> None:
    recipe = Recipe()
    assert not is_filled(recipe, 2.0, 6.0)
    assert is_filled(recipe, 2.0, 6.0 - 1 / 16000)
    assert not is_filled(recipe.replace(chunk={"seconds": 0.0}), 0.0, 0.3)


def test_a_cross_validation_has_a_report_of_all_its_folds(small_run: Path, tmp_path: Path) -> None:
    table = read_run(small_run).predictions()
    files = sorted(set(table["file"]))
    for index in range(3):
        fold = tmp_path / "cv" / f"fold-{index}"
        shutil.copytree(small_run, fold)
        part = table[table["file"].isin(files[2 * index : 2 * index + 2])]
        part.to_csv(fold / "predictions.csv", index=False)
        metrics = Evaluation.of(Answers.of(part), []).to_json()
        (fold / "metrics.json").write_text(json.dumps(metrics))
    result = dslite("report", tmp_path / "cv")
    assert (result.returncode, result.stderr) == (0, f"wrote {tmp_path / 'cv' / 'report.html'}\n")
    page = (tmp_path / "cv" / "report.html").read_text()
    pooled = read_run(small_run).metrics["per_file"]
    assert f"Test part, {len(files)} files" in page
    assert f"{100 * pooled['accuracy']:.1f}" in page
    assert "Results per fold" in page
    assert all(f"<td>fold-{index}</td><td>2</td>" in page for index in range(3))
    assert (tmp_path / "cv" / "confusion.png").exists()
    counts = np.array(pooled["confusion"])
    written = pd.read_csv(tmp_path / "cv" / "confusion.csv")
    assert sorted(written["count"]) == sorted(counts[counts > 0].tolist())
    (tmp_path / "cv" / "fold-1" / "metrics.json").unlink()
    partial = dslite("report", tmp_path / "cv")
    assert complaint(partial) == "dslite: 1 of 3 runs left out"
    assert "Test part, 4 files" in (tmp_path / "cv" / "report.html").read_text()
