"""A model measured on recordings: the native answers as a table, for both tasks, in little memory."""

import json
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from small_models import QUICK, classifier_network, write_classifier

from dslite import Error, Model
from dslite.cli import main
from dslite.training.bundle.card import write_card
from dslite.training.bundle.write import core_entries, write_bundle
from dslite.training.data.split import Split
from dslite.training.data.table import Dataset, load
from dslite.training.metrics.evaluate import evaluate, score
from dslite.util.progress import NoProgress


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of a second, a table of them, a model of classes and one of values of the same network."""
    folder = tmp_path_factory.mktemp("evaluation")
    rows = ["file,label,calm,loud"]
    for index in range(6):
        samples = np.random.default_rng(index).normal(0, 3000, 16000 + 800 * index).astype("<i2")
        with wave.open(str(folder / f"{index}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes(samples.tobytes())
        rows.append(f"{index}.wav,{'ab'[index % 2]},{index / 8},{0.5 - index / 16}")
    (folder / "labels.csv").write_text("\n".join(rows))
    write_classifier(folder / "classes.tflite", ["a", "b"])
    entries = core_entries(QUICK, ["loud", "calm"], {"": {"task": "values"}})
    write_bundle(folder / "values.tflite", classifier_network(2), entries)
    return folder


def values(folder: Path, *targets: str) -> Dataset:
    return load(folder, folder / "labels.csv", targets=targets)


def test_predictions_are_what_the_model_says(folder: Path) -> None:
    model = Model(folder / "classes.tflite")
    evaluation = evaluate(model, load(folder, folder / "labels.csv"), NoProgress())
    table = evaluation.predictions
    expected = [(f"{i}.wav", answer) for i in range(6) for answer in model.predict(folder / f"{i}.wav")]
    assert len(table) == evaluation.per_chunk.count == len(expected)
    for (_, row), (file, answer) in zip(table.iterrows(), expected, strict=True):
        assert (row["file"], row["start"], row["end"]) == (file, answer.start_s, answer.end_s)
        assert (row["truth"], row["answer"]) == ("ab"[int(file[0]) % 2], answer.label)
        np.testing.assert_array_equal(np.float32([row["score:a"], row["score:b"]]), answer.scores)
    assert evaluation.per_chunk.accuracy == pytest.approx((table["truth"] == table["answer"]).mean())
    assert evaluation.per_file.count == 6


def test_values_are_measured_by_name_or_by_place(folder: Path) -> None:
    model = Model(folder / "values.tflite")
    by_name = evaluate(model, values(folder, "calm", "loud"), NoProgress())
    table = by_name.predictions
    assert list(table)[3:] == ["truth:loud", "truth:calm", "score:loud", "score:calm"]
    for name, measures in zip(("loud", "calm"), by_name.per_chunk.targets, strict=True):
        errors = table[f"score:{name}"] - table[f"truth:{name}"]
        assert measures["mae"].value == pytest.approx(errors.abs().mean(), rel=1e-6)
    calm = table[table["file"] == "3.wav"]["truth:calm"]
    assert set(calm) == {3 / 8}
    renamed = values(folder, "loud", "calm")
    under_other_names = Dataset(renamed.root, renamed.rows, renamed.table, ("x", "y"), renamed.values)
    by_place = evaluate(model, under_other_names, NoProgress())
    assert by_place.to_json() == by_name.to_json()


def test_what_does_not_fit_the_model(folder: Path) -> None:
    with pytest.raises(Error, match="1 targets given, 'calm'; the model predicts 2, 'loud', 'calm'"):
        evaluate(Model(folder / "values.tflite"), values(folder, "calm"), NoProgress())
    with pytest.raises(Error, match="the model predicts classes, the data has values"):
        evaluate(Model(folder / "classes.tflite"), values(folder, "calm"), NoProgress())
    with pytest.raises(Error, match=r"the model predicts values, the data has classes; name .* by --targets"):
        evaluate(Model(folder / "values.tflite"), load(folder, folder / "labels.csv"), NoProgress())


def thirds(dataset: Dataset) -> Split:
    return Split(dataset, (np.arange(len(dataset)) % 3).astype(np.int8))


def test_the_card_tells_of_values(folder: Path) -> None:
    dataset = values(folder, "calm", "loud")
    evaluation = evaluate(Model(folder / "values.tflite"), dataset, NoProgress())
    card = write_card("title", thirds(dataset), {}, evaluation, {})
    measures = evaluation.per_file.targets[1]
    cells = " | ".join(
        f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
        for one in (measures[key] for key in ("mae", "rmse", "ccc"))
    )
    assert f"| calm per file | {cells} | 6 |" in card
    assert "| all | 2 | 2 | 2 |" in card
    assert "Confusion" not in card


def test_the_card_has_no_path(folder: Path) -> None:
    dataset = values(folder, "calm", "loud")
    evaluation = evaluate(Model(folder / "values.tflite"), dataset, NoProgress())
    settings = {"weights": "/home/anna/own.h5", "noise": "/home/anna/street", "dropout": 0.2}
    card = write_card("title", thirds(dataset), settings, evaluation, {})
    assert "anna" not in card
    assert "| weights | a file |\n| noise | a folder of recordings |\n| dropout | 0.2 |" in card
    assert "| weights | imagenet |" in write_card(
        "title", thirds(dataset), {"weights": "imagenet"}, evaluation, {}
    )


def test_memory_does_not_grow_with_the_recordings(folder: Path) -> None:
    model = Model(folder / "classes.tflite")

    def peak(files: int) -> int:
        tracemalloc.start()
        scored = score(model, [folder / "5.wav"] * files, NoProgress())
        assert len(np.unique(scored.file_of)) == files
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    few, many = peak(20), peak(320)
    assert many - few < 100 * 16000 * 4  # of 300 recordings of more than 16000 samples


def test_the_command_prints_intervals(folder: Path) -> None:
    def run(*arguments: str) -> str:
        labels = ("--labels", str(folder / "labels.csv"))
        result = CliRunner().invoke(
            main, ["evaluate", str(folder / arguments[0]), str(folder), *labels, *arguments[1:]]
        )
        assert result.exit_code == 0, result.output
        return result.stdout

    classes = json.loads(run("classes.tflite", "--json"))["per_file"]
    low, high = classes["intervals"]["accuracy"]
    text = run("classes.tflite")
    assert f"{100 * classes['accuracy']:.1f}" in text
    assert f"[{100 * low:.1f}, {100 * high:.1f}]" in text
    assert "Confusion, per file" in text
    assert "Confusion, per chunk" not in text
    assert text.startswith("All 6 files, in %")
    # Of a model outside a run folder nobody knows whether these files were trained on.
    assert run("classes.tflite", "--test-share", "0.5").startswith("3 of 6 files, in %")
    assert "Confusion, per chunk" in run("classes.tflite", "--per", "chunk")
    text = run("values.tflite")
    measures = json.loads(run("values.tflite", "--json"))["per_file"]
    assert "Confusion" not in text
    assert "calm per file" in text
    assert f"{measures['targets']['calm']['mae']:.3f}" in text
    assert run("values.tflite", "--targets", "calm, loud") == text


def test_targets_and_a_label_exclude_each_other(folder: Path) -> None:
    model, table = str(folder / "values.tflite"), str(folder / "labels.csv")
    for wrong in (
        ["--labels", table, "--targets", "calm", "--label-column", "label"],
        ["--targets", "calm"],
        ["--labels", table, "--split-by-prefix", "--split", "label", "--test", "a"],
        ["--labels", table, "--split-by-prefix", "--test", "a"],
    ):
        result = CliRunner().invoke(main, ["evaluate", model, str(folder), *wrong])
        assert result.exit_code == 2, (wrong, result.output)
        assert "Usage:" in result.stderr


def test_the_part_named_test_is_measured(folder: Path, tmp_path: Path) -> None:
    rows = ["filename,label,duration_frames"]
    for index, part in enumerate(("train", "train", "devel", "test", "test", "test")):
        (tmp_path / f"{part}_{index}.wav").write_bytes((folder / f"{index}.wav").read_bytes())
        rows.append(f"{part}_{index}.wav,{'ab'[index % 2]},16000")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    where = [str(folder / "classes.tflite"), str(tmp_path), "--labels", str(tmp_path / "labels.csv")]
    for options, files in ((["--split-by-prefix"], 3), ([], 6)):
        result = CliRunner().invoke(main, ["evaluate", *where, *options, "--json"])
        assert json.loads(result.stdout)["per_file"]["count"] == files
