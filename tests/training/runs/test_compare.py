"""``dslite compare``: what differs, what it did, and whether that is more than luck."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import complaint, dslite

from dslite import Error
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.metrics.predictions import Answers
from dslite.training.runs.compare import (
    against_first,
    as_rows,
    as_table,
    differing,
    each_fold,
    find_entries,
)
from dslite.training.runs.reader import read_run


def variant(run: Path, to: Path, share_right: float, config: str = "", part: slice = slice(None)) -> Path:
    """A copy of a run with its own settings, and answers that are right in a share of the files."""
    shutil.copytree(run, to)
    table = read_run(run).predictions()
    files = sorted(set(table["file"]))[part]
    table = table[table["file"].isin(files)].reset_index(drop=True)
    labels = [name.removeprefix("score:") for name in table if name.startswith("score:")]
    for i, row in table.iterrows():
        is_right = files.index(row["file"]) < share_right * len(files)
        wrong = next(label for label in labels if label != row["truth"])
        table.loc[i, "answer"] = row["truth"] if is_right else wrong
        for label in labels:
            table.loc[i, f"score:{label}"] = 0.8 if label == table.loc[i, "answer"] else 0.1
    table.to_csv(to / "predictions.csv", index=False)
    metrics = Evaluation.of(Answers.of(table), []).to_json()
    (to / "metrics.json").write_text(json.dumps(metrics))
    (to / "config.toml").write_text((run / "config.toml").read_text() + (config and f"[train]\n{config}"))
    return to


@pytest.fixture
def bad(small_run: Path, tmp_path: Path) -> Path:
    return variant(small_run, tmp_path / "bad", 0.0, 'optimizer = "sgd"\n')


@pytest.fixture
def good(small_run: Path, tmp_path: Path) -> Path:
    return variant(small_run, tmp_path / "good", 1.0, 'optimizer = "adam"\n[cv]\nlist = [1, 2]\n')


@pytest.fixture
def folds(small_run: Path, tmp_path: Path) -> Path:
    """Three folds of two files each, of which all, half and none are answered rightly."""
    for index, share in enumerate((1.0, 0.5, 0.0)):
        part = slice(2 * index, 2 * index + 2)
        variant(small_run, tmp_path / "cv" / f"fold-{index}", share, f"fold = {index}\n", part)
    return tmp_path / "cv"


def test_the_settings_that_differ_are_found(bad: Path, good: Path, small_run: Path) -> None:
    entries, failures = find_entries([bad, good])
    assert failures == []
    assert differing(entries) == ["train.optimizer", "cv.list"]
    assert [entry.settings.get("cv.list") for entry in entries] == [None, [1, 2]]
    recipe = (good / "recipe.toml").read_text().replace("bands = 128", "bands = 64")
    (good / "recipe.toml").write_text(recipe)
    assert "recipe.mel.bands" in differing(find_entries([bad, good])[0])
    assert differing(find_entries([small_run, small_run])[0]) == []


def test_a_difference_between_none_and_all_right_is_no_luck(bad: Path, good: Path) -> None:
    entries, _ = find_entries([bad, good])
    against, reasons = against_first(entries)
    assert reasons == []
    first, second = as_rows(entries, differing(entries), against)
    assert "minus_first" not in first
    assert second["settings"] == {"train.optimizer": "adam", "cv.list": [1, 2]}
    assert second["measures"]["accuracy"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    difference = second["minus_first"]
    assert difference["accuracy"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert (difference["files"], difference["left_out"]) == (6, 0)
    assert difference["mcnemar_p"] == pytest.approx(2 / 2**6)
    table = as_table([first, second])
    assert table["accuracy"].tolist() == [0, 1]
    assert table["minus_first_accuracy_low"][1] == 1
    assert table["train.optimizer"].tolist() == ["sgd", "adam"]


@pytest.fixture
def seeds(small_run: Path, tmp_path: Path) -> Path:
    """Three folds of two files each by two seeds, the second of which is better in two folds."""
    for seed, shares in enumerate(((1.0, 0.5, 0.0), (1.0, 1.0, 0.5))):
        for fold, share in enumerate(shares):
            place = tmp_path / "seeds" / f"fold-{fold}" / f"seed-{seed}"
            variant(small_run, place, share, f"fold = {fold}\n", slice(2 * fold, 2 * fold + 2))
    return tmp_path / "seeds"


def test_seeds_are_a_dimension_beside_folds(seeds: Path, good: Path) -> None:
    """The figures by hand; the interval by a bootstrap written once more, over files and seeds."""
    (entry, other), failures = find_entries([seeds, good])
    assert (failures, entry.what, entry.gap.count("without")) == ([], "3 folds × 2 seeds", 0)
    accuracy, pooled = entry.measures[0], entry.pooled[0]
    assert (accuracy.value, pooled.value) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert accuracy.std == pytest.approx(np.std([1, 0.75, 0.25], ddof=1))
    assert accuracy.seed_std == pytest.approx(np.std([1 / 2, 5 / 6], ddof=1))
    right = np.array([[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0]])
    draw = np.random.default_rng(7)
    drawn = [right[draw.integers(2, size=2)][:, draw.integers(6, size=6)].mean() for _ in range(4000)]
    assert pooled.interval == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.09)
    assert "seeds ± 23.6" in accuracy.full_text()
    answers = entry.answers()
    assert (len(answers.files), len(set(answers.files))) == (12, 6)
    assert answers.confusion().right.sum() == answers.per_file().measure().accuracy * 12 * 3  # chunks
    against, reasons = against_first([entry, other])
    found = against[str(good)]
    assert (reasons, found.files, found.mcnemar) == ([], 6, None)
    assert found.measures["accuracy"].difference.value == pytest.approx(1 / 3)


def test_what_is_missing_of_seeds_and_folds_is_named(seeds: Path) -> None:
    (seeds / "fold-2" / "seed-1" / "run.json").unlink()
    (entry,), _ = find_entries([seeds])
    assert "without 'fold-2/seed-1'" in entry.gap
    assert entry.measures[0].value == pytest.approx(0.5)  # of the seed that has every fold
    done = dslite("compare", seeds)
    assert (done.returncode, "without 'fold-2/seed-1'" in done.stderr) == (0, True)
    shutil.rmtree(seeds / "fold-2")
    (entry,), _ = find_entries([seeds])
    assert entry.what == "2 folds × 2 seeds"
    report = dslite("report", seeds)
    assert report.returncode == 0, report.stderr
    page = (seeds / "report.html").read_text()
    assert "fold-0/seed-0" in page
    assert "files are tested in no fold" in page


def test_folds_are_one_line_of_means(folds: Path, good: Path) -> None:
    entries, failures = find_entries([folds, good])
    assert failures == []
    assert [len(entry.runs) for entry in entries] == [3, 1]
    accuracy = entries[0].measures[0]
    assert (accuracy.value, accuracy.std) == (pytest.approx(0.5), pytest.approx(np.std([1, 0.5, 0], ddof=1)))
    assert accuracy.full_text().startswith("50.0 ± 50.0 [")
    assert entries[0].pooled[0].value == pytest.approx(0.5)
    assert entries[0].pooled[0].std is None
    assert entries[1].pooled == []
    assert entries[0].settings["train.fold"] == "varies"
    against, _ = against_first(entries)
    assert against[str(good)].files == 6  # those of all folds together
    lines = each_fold(entries)
    assert [Path(line.name).name for line in lines] == ["fold-0", "fold-1", "fold-2", "cv", "good"]
    assert [line.settings.get("train.fold") for line in lines] == [0, 1, 2, "varies", None]
    assert [line.measures[0].value for line in lines] == [1, 0.5, 0, pytest.approx(0.5), 1]


def test_a_grid_is_a_line_a_run_and_what_cannot_be_read_is_left_out(
    bad: Path, good: Path, folds: Path, tmp_path: Path
) -> None:
    grid = tmp_path / "grid"
    for name, run in (("000-sgd", bad), ("001-adam", good), ("002-cv", folds), ("003-broken", good)):
        shutil.copytree(run, grid / name)
    (grid / "notes").mkdir()
    (grid / "003-broken" / "metrics.json").unlink()
    facts = json.loads((grid / "002-cv" / "fold-1" / "run.json").read_text())
    (grid / "002-cv" / "fold-1" / "run.json").write_text(json.dumps(facts | {"status": "running"}))
    entries, failures = find_entries([grid])
    assert [(Path(entry.name).name, len(entry.runs)) for entry in entries] == [
        ("000-sgd", 1),
        ("001-adam", 1),
        ("002-cv", 2),
    ]
    assert [failure.path.name for failure in failures] == ["fold-1", "003-broken"]
    with pytest.raises(Error, match=r"003-broken/metrics\.json: cannot be read"):
        find_entries([grid / "003-broken"])
    with pytest.raises(Error, match="notes: neither a run nor a folder of runs"):
        find_entries([grid / "notes"])
    with pytest.raises(Error, match="nowhere: no such folder"):
        find_entries([tmp_path / "nowhere"])


def test_runs_on_other_files_are_listed_but_not_compared(folds: Path) -> None:
    entries, _ = find_entries([folds / "fold-0", folds / "fold-1"])
    against, reasons = against_first(entries)
    assert against == {}
    assert len(reasons) == 1
    assert "fold-1 is not compared with" in reasons[0]
    assert "no file is in both runs" in reasons[0]


def test_the_command(
    bad: Path, good: Path, folds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    result = dslite("compare", "bad", "good", "cv", "--folds", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "dslite: cv: 6 of 24 files are tested in no fold\n")
    rows = [line.split() for line in result.stdout.splitlines()]
    text = [" ".join(row) for row in rows]
    assert "bad 0.0 0.0 0.0 25.0" in text
    assert "good 100.0 100.0 100.0 100.0" in text
    assert "cv/fold-1 50.0 50.0 33.3 –" in text
    pooled = next(i for i, line in enumerate(text) if line.startswith("3 folds pooled"))
    mean = next(i for i, line in enumerate(text) if line.startswith("3 folds' mean"))
    assert text[mean - 1].startswith("cv 50.0 ± 50.0")
    assert text[pooled - 1].startswith("cv 50.0 ")
    assert "±" not in text[pooled - 1]
    assert {"bad sgd – –", "good adam [1, 2] –", "cv – – varies"} <= set(text)
    assert "6 files, p = 0.031 [100.0, 100.0]" in " ".join(text)
    assert any(line.startswith("good +100.0 +100.0") for line in text)
    assert "folds pooled" in result.stdout


@pytest.mark.parametrize("columns", ["80", "100"])
def test_the_tables_fit_the_terminal(
    folds: Path, bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    deep = tmp_path / "a folder of runs" / f"{'long' * 30}"
    deep.mkdir(parents=True)
    bad.rename(deep / "000-training.epochs=10_training.learning_rate=0.001_recipe.mel.bands=64")
    folds.rename(deep / "001-training.epochs=20_training.learning_rate=0.001_recipe.mel.bands=64")
    result = dslite("compare", deep, "--folds")
    assert result.returncode == 0, result.stderr
    assert max(map(len, result.stdout.splitlines())) <= int(columns)
    assert "000-training" in result.stdout
    assert "long" not in result.stdout


def test_the_command_writes_csv_and_json(bad: Path, good: Path, tmp_path: Path) -> None:
    result = dslite("compare", "bad", "good", "--csv", "both.csv", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, "")
    rows = list(csv.DictReader((tmp_path / "both.csv").open()))
    assert [(row["run"], row["accuracy"], row["minus_first_accuracy"]) for row in rows] == [
        ("bad", "0.0", ""),
        ("good", "1.0", "1.0"),
    ]
    (tmp_path / "grid").mkdir()
    bad.rename(tmp_path / "grid" / "000-bad")
    good.rename(tmp_path / "grid" / "001-good")
    (tmp_path / "grid" / "001-good" / "predictions.csv").write_text("")
    assert "not a table of predictions" in complaint(dslite("compare", tmp_path / "grid", "--json"))
    (tmp_path / "grid" / "001-good" / "run.json").write_text("{}")
    result = dslite("compare", tmp_path / "grid", "--json")
    assert complaint(result) == "dslite: 1 of 2 runs left out"
    assert [row["backbone"] for row in json.loads(result.stdout)] == ["small_cnn"]


def test_values_are_compared_target_by_target(small_run: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth = rng.standard_normal((40, 2))
    for name, noise in (("rough", 1.0), ("fine", 0.1)):
        shutil.copytree(small_run, tmp_path / name)
        answers = truth + noise * rng.standard_normal(truth.shape)
        table = pd.DataFrame({"file": [f"{i}.wav" for i in range(40)], "start": 0.0, "end": 1.0})
        for kind, numbers in (("truth", truth), ("score", answers)):
            table[[f"{kind}:calm", f"{kind}:loud"]] = numbers
        table.to_csv(tmp_path / name / "predictions.csv", index=False)
        metrics = Evaluation.of(Answers.of(table), []).to_json()
        (tmp_path / name / "metrics.json").write_text(json.dumps(metrics))
    entries, _ = find_entries([tmp_path / "rough", tmp_path / "fine"])
    rough, fine = as_rows(entries, [], against_first(entries)[0])
    for target in ("calm", "loud", "mean"):
        difference = fine["minus_first"][f"{target} mae"]
        measured = [row["measures"][f"{target} mae"]["value"] for row in (rough, fine)]
        assert difference["value"] == pytest.approx(measured[1] - measured[0], abs=2e-6)
        assert difference["high"] < 0
