"""``dslite embed``: every format read back by someone else, and its numbers held to Keras."""

import csv
import os
import resource
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import complaint, dslite
from feature_tables import read_back

from dslite import Error, FrontEnd, Recipe, read_audio
from dslite.demo.sounds import record
from dslite.training.features.embed import Embedder, Row, build_network, embed, layers, per_file
from dslite.training.features.files import Columns, writing
from dslite.training.network import backbones

RECIPE = Recipe().replace(chunk={"seconds": 0.5, "hop_seconds": 0.25}, picture={"width": 32, "height": 32})


#: Names that a format's own signs are in.
NAMES = ["rain/a.wav", "rain/b c, d.wav", "siren/it's.wav", "siren/e{f}%.wav"]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clips in two folders, of 1.0 to 1.6 s, at two rates; and the recipe beside them."""
    folder = tmp_path_factory.mktemp("embed") / "audio"
    for index, name in enumerate(NAMES):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        rate_hz = (16000, 22050)[index % 2]
        samples = record(path.parent.name, np.random.default_rng(index), rate_hz)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate_hz)
            file.writeframes(np.rint(samples[: rate_hz + 3000 * index] * 32767).astype("<i2").tobytes())
    (folder.parent / "recipe.toml").write_text(RECIPE.to_toml())
    rows = "".join(f'"{name}",{name.split("/")[0]} 1,{name.split("/")[0]}\n' for name in NAMES)
    (folder.parent / "labels.csv").write_text("file,kind,label\n" + rows)
    return folder


@pytest.fixture(scope="module")
def expected(recordings: Path) -> dict[str, tuple[list[tuple[float, float]], np.ndarray]]:
    """Of each file the windows' times, and Keras's averaged activations on native tensors."""
    import keras

    row = backbones.find("small_cnn")
    front = FrontEnd(backbones.fit_recipe(RECIPE, row))
    network = build_network(row, front.recipe, "none", seed=5)
    found = {}
    for name in NAMES:
        samples = read_audio(recordings / name, 16000)
        activations = keras.ops.convert_to_numpy(network(front.tensors(front.chunks(samples))))
        times = [(start / 16000, stop / 16000) for start, stop in front.spans(len(samples))]
        found[name] = (times, activations.mean(axis=(1, 2)))
    return found


@pytest.mark.parametrize("suffix", ["csv", "arff", "npz", "parquet"])
@pytest.mark.parametrize("per", ["window", "file"])
def test_every_format_reads_back_what_keras_computes(
    recordings: Path, expected: dict, tmp_path: Path, suffix: str, per: str
) -> None:
    out = tmp_path / f"features.{suffix}"
    columns = Columns(NAMES, [f"small_cnn_{i}" for i in range(64)], per == "window", ["a b", "a b", "c", "c"])
    embedder = Embedder("small_cnn", "none", recipe=RECIPE, seed=5)
    assert embedder.names == columns.features
    rows = embed(embedder, [recordings / name for name in NAMES], failures := [], batch_size=3)
    with writing(out, columns) as writer:
        for row in rows if per == "window" else per_file(rows):
            writer.add(row.file, row.start_s, row.end_s, row.features)
    assert failures == []
    table = read_back(out)
    assert list(table.columns) == columns.names()
    features = np.asarray(table[columns.features], np.float32)
    if per == "window":
        assert list(table["file"]) == [name for name in NAMES for _ in expected[name][0]]
        times = np.concatenate([expected[name][0] for name in NAMES])
        np.testing.assert_array_equal(table[["start", "end"]], times)
        wanted = np.concatenate([expected[name][1] for name in NAMES])
    else:
        assert list(table["file"]) == NAMES
        wanted = np.stack([expected[name][1].mean(axis=0) for name in NAMES])
    assert set(table["label"][table["file"] == NAMES[0]]) == {"a b"}
    assert set(table["label"][table["file"] == NAMES[3]]) == {"c"}
    np.testing.assert_allclose(features, wanted, rtol=0, atol=2e-5)
    assert np.ptp(wanted, axis=0).max() > 0.01


def test_parquet_in_several_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet

    monkeypatch.setattr("dslite.training.features.files.ROW_GROUP_BYTES", 0)  # the least: 64 rows
    values = np.arange(400, dtype=np.float32).reshape(200, 2)
    with writing(tmp_path / "x.parquet", Columns(["a", "b"], ["x", "y"], times=True)) as writer:
        for index, value in enumerate(values):
            writer.add(index % 2, index, index + 0.5, value)
    file = pyarrow.parquet.ParquetFile(tmp_path / "x.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [64, 64, 64, 8]
    table = file.read().to_pandas()
    np.testing.assert_array_equal(table[["x", "y"]], values)
    np.testing.assert_array_equal(table["start"] + 0.5, table["end"])
    assert list(table["file"]) == ["a", "b"] * 100


def test_any_layer_is_keras_own(recordings: Path) -> None:
    import keras

    row = backbones.find("mobilenet_v2")
    front = FrontEnd(backbones.fit_recipe(RECIPE, row))
    network = build_network(row, front.recipe, "none", seed=1)
    layer = "block_6_expand_relu"
    assert layers(network)[layer] == (4, 4, 192)
    cut = keras.Model(network.input, network.get_layer(layer).output)
    chunks = list(front.chunks(read_audio(recordings / NAMES[0], 16000)))
    wanted = cut.predict_on_batch(front.tensors(np.stack(chunks))).mean(axis=(1, 2))
    embedder = Embedder("mobilenet_v2", "none", layer, RECIPE, seed=1)
    assert embedder.names[-1] == f"{layer}_191"
    np.testing.assert_allclose(embedder.vectors(chunks), wanted, rtol=0, atol=2e-5)
    with pytest.raises(ValueError, match="layer: 'nose' given, expected one of 'out_relu'"):
        Embedder("mobilenet_v2", "none", "nose", RECIPE)


def test_the_seed_decides_random_weights_and_nothing_else_of_the_process() -> None:
    import random

    row = backbones.find("small_cnn")
    random.seed(3)
    state = random.getstate()
    first, second, other = (build_network(row, RECIPE, "none", seed) for seed in (0, 0, 1))
    assert random.getstate() == state
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]
    for a, b, c in zip(first.get_weights(), second.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
        assert np.array_equal(a, c) == (a.ndim == 1)  # biases and the like are constants


def test_whole_clips_of_any_length(recordings: Path) -> None:
    embedder = Embedder("small_cnn", "none", recipe=RECIPE.replace(chunk={"seconds": 0.0}))
    rows = list(embed(embedder, [recordings / name for name in NAMES], []))
    assert [row.file for row in rows] == [0, 1, 2, 3]
    assert len({row.end_s for row in rows}) == 4


def test_the_mean_of_a_file_is_of_its_windows() -> None:
    values = np.float32([[1, 2], [3, 6], [10, 10]])
    rows = [Row(0, 0.0, 1.0, values[0]), Row(0, 0.5, 1.5, values[1]), Row(4, 0.0, 1.0, values[2])]
    first, second = per_file(iter(rows))
    assert (first.file, first.start_s, first.end_s, second.file) == (0, 0.0, 1.5, 4)
    np.testing.assert_array_equal(first.features, [2, 4])
    np.testing.assert_array_equal(second.features, [10, 10])


QUICK = ("--backbone", "small_cnn", "--weights", "none")


def test_the_command_embeds_a_table_and_reports_bad_files(recordings: Path, tmp_path: Path) -> None:
    recipe, out = recordings.parent / "recipe.toml", tmp_path / "f.csv"
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF\x00\x00\x00\x00WAVE")
    result = dslite("embed", recordings / "rain", bad, *QUICK, "--recipe", recipe, "-o", out)
    assert complaint(result) == "dslite: 1 of 3 files left out"
    assert f"dslite: {bad}" in result.stderr
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert {row["file"] for row in rows} == {str(recordings / name) for name in NAMES[:2]}
    assert list(rows[0])[:4] == ["file", "start", "end", "small_cnn_0"]
    table = ("--labels", recordings.parent / "labels.csv", "--label-column", "kind")
    result = dslite("embed", recordings, *table, *QUICK, "--recipe", recipe, "--per", "file", "-o", out)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.splitlines()[-1] == f"wrote {out} (4 rows of 64 features)"
    assert list(pd.read_csv(out)["label"]) == ["rain 1", "rain 1", "siren 1", "siren 1"]


def test_wrong_usage_and_hopeless_input(recordings: Path, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from dslite.cli import main

    def run(*arguments: object) -> tuple[int, str]:
        result = CliRunner().invoke(main, list(map(str, ("embed", *arguments))))
        return result.exit_code, result.stderr

    assert run(recordings)[0] == run("-o", "x.csv")[0] == 2
    assert run(recordings / NAMES[0], "--labels", recordings.parent / "labels.csv", "-o", "x.csv")[0] == 2
    status, text = run(recordings, *QUICK, "-o", tmp_path / "x.json")
    assert status == 1
    assert "x.json: '.json' given, expected one of .csv, .arff, .npz, .parquet" in text
    (tmp_path / "empty.wav").touch()
    status, text = run(tmp_path, *QUICK, "-o", tmp_path / "x.csv")
    assert status == 1
    assert "no recording could be read" in text
    assert "the file is empty" in text
    assert not (tmp_path / "x.csv").exists()


def test_layers_are_listed(recordings: Path) -> None:
    result = dslite("embed", "--list-layers", "--backbone", "small_cnn")
    assert result.returncode == 0
    listed = dict(line.split("\t") for line in result.stdout.splitlines())
    assert listed["relu2"] == "112 × 112 × 32"
    assert listed["pool4"] == "14 × 14 × 64"


@pytest.mark.parametrize("suffix", ["csv", "arff", "npz", "parquet"])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"features.{suffix}"
    out.write_text("old")
    program = (
        "import sys, numpy as np, pathlib\n"
        "from dslite.training.features.files import Columns, writing\n"
        "from dslite import Error\n"
        "columns = Columns(['a'], [f'x{i}' for i in range(100)], True)\n"
        "try:\n"
        "    with writing(pathlib.Path(sys.argv[1]), columns) as writer:\n"
        "        for index in range(1000):\n"
        "            writer.add(0, index, index + 1, np.full(100, index, np.float32))\n"
        "except Error as error:\n"
        "    print(error)\n"
    )

    def small_files_only() -> None:
        # A write past the limit fails as on a full disk once SIGXFSZ is ignored, as Python does.
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))

    result = subprocess.run(
        [sys.executable, "-c", program, out],
        preexec_fn=small_files_only,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert "cannot be written: File too large" in result.stdout
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_an_unwritable_place_is_told_before_any_work(tmp_path: Path) -> None:
    with (
        pytest.raises(Error, match="there is no folder"),
        writing(tmp_path / "no" / "x.csv", Columns([], [], True)),
    ):
        pass
